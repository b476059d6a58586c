// Thanks a visitor for a form that sends nothing. Without this script method="dialog" sends nothing either.

for (const form of document.querySelectorAll('form[data-thanks]')) {
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const thanks = document.createElement('p')
    thanks.className = 'thanks'
    thanks.tabIndex = -1
    thanks.textContent = form.dataset.thanks
    form.replaceWith(thanks)
    // The focused button is gone: focus goes to what took its place, so that a screen reader says it.
    thanks.focus()
  })
}
