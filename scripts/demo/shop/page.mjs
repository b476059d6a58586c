// The shop's pages, each made of the one template below and the catalogue: all goods, one of them, the basket, the thanks. They
// are the same for every visitor. What differs is Pintle's cookies, and www/assets/shop/shop.js, which shows and hides.

// Those that are asked for most stand first, as orders.csv has it.
import catalogue from './catalogue.json'

const byName = catalogue.toSorted((one, other) => (one.name < other.name ? -1 : 1))

/** How many goods are picked for a visitor. */
const PICKS = 4

const euro = (price) => `€${price}`

const art = (id) => `<svg viewBox="0 0 96 96" aria-hidden="true"><use href="/assets/shop/goods.svg#${id}"/></svg>`

const card = ({ id, name, price }, isHidden = false) => `
          <li data-good="${id}"${isHidden ? ' hidden' : ''}>
            <a href="/shop/${id}">
              <span class="tile">${art(id)}</span>
              <span class="name">${name}</span>
              <span class="cost">${euro(price)}</span>
            </a>
          </li>`

/** A row of goods: what others ask for most, until shop.js knows better. All goods are in it, for it to show. */
const picks = (here) => `
      <section class="picks wrap" aria-labelledby="picks" data-here="${here}" data-waits>
        <h2 id="picks" data-bought="Goes with what you bought">Most asked for</h2>
        <ul class="shelf">${catalogue
          .filter(({ id }) => id !== here)
          .map((good, at) => card(good, at >= PICKS))
          .join('')}
        </ul>
      </section>`

const goods = () => `
      <div class="wrap opening">
        <h1>Things for still hours</h1>
        <p class="lead">Eight of them, for a desk by the water or elsewhere.</p>
      </div>${picks('')}
      <section class="wrap" aria-labelledby="all">
        <h2 id="all">The whole shelf</h2>
        <ul class="shelf">${byName.map((good) => card(good)).join('')}
        </ul>
      </section>`

const good = ({ id, name, price, text }) => `
      <article class="wrap good" data-view="${id}" data-name="${name}" data-price="${price}">
        <span class="tile">${art(id)}</span>
        <div>
          <h1>${name}</h1>
          <p class="price">${euro(price)}</p>
          <p class="lead">${text}</p>
          <p><button class="button" type="button" data-add="${id}">Add to basket</button></p>
          <p class="said" role="status"></p>
        </div>
      </article>${picks(id)}`

const line = ({ id, name, price }) => `
          <li data-line="${id}" data-name="${name}" data-price="${price}" hidden>
            <span class="tile">${art(id)}</span>
            <span><a href="/shop/${id}">${name}</a> <span class="count"></span></span>
            <span class="cost"></span>
            <button type="button" data-remove="${id}" aria-label="Remove ${name}">Remove</button>
          </li>`

const basket = () => `
      <div class="wrap basket" data-waits>
        <h1>Your basket</h1>
        <div class="full" hidden>
          <ul class="lines">${catalogue.map(line).join('')}
          </ul>
          <p class="total">Together <strong></strong></p>
          <p><button class="button" type="button" data-order>Place the order</button></p>
          <p class="fine">Nothing is paid here, and nothing is sent: the goods are made up.</p>
        </div>
        <p class="empty lead" tabindex="-1">There is nothing in it yet. <a href="/shop">Look at the shelf</a></p>
        <p class="said" role="status"></p>
      </div>`

const thanks = () => `
      <div class="wrap opening">
        <h1>Thank you</h1>
        <p class="lead">Your order is on its way, or would be, if there were a ship.</p>
        <p class="fine" data-order-id></p>
        <div class="rewards">
          <div class="for-guests">
            <h2>Neap Rewards</h2>
            <p>Members pay no postage, and the shop says hello.</p>
            <button class="button" type="button" data-join>Join the rewards</button>
            <p class="said" role="status"></p>
          </div>
          <div class="for-members" tabindex="-1">
            <h2>You are aboard</h2>
            <p>From here on the shop knows you as a member of Neap Rewards.</p>
          </div>
        </div>
      </div>${picks('')}`

/** The one template. */
const page = ({ title, main, at }) => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title} · Neap</title>
    <meta name="description" content="The Neap shop: things for still hours.">
    <meta name="theme-color" media="(prefers-color-scheme: light)" content="#f4f8f7">
    <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#07171c">
    <link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='8' fill='%230b5560'/%3E%3Ccircle cx='16' cy='11' r='4' fill='%23f2b440'/%3E%3Cpath d='M5 21c4 0 6-3 11-3s7 3 11 3' fill='none' stroke='%23fff' stroke-width='2.5' stroke-linecap='round'/%3E%3C/svg%3E">
    <link rel="stylesheet" href="/assets/site.css">
    <link rel="stylesheet" href="/assets/shop/shop.css">
    <script src="/_demo/pintle.js" data-cookie="rewards_member"></script>
    <script src="/assets/demo-bar.js" defer></script>
    <script src="/assets/shop/shop.js" type="module"></script>
  </head>
  <body class="shop">
    <a class="skip" href="#main">Skip to content</a>
    <header class="top wrap">
      <a class="mark" href="/">
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="8" fill="#0b5560"/>
          <circle cx="16" cy="11" r="4" fill="#f2b440"/>
          <path d="M5 21c4 0 6-3 11-3s7 3 11 3" fill="none" stroke="#fff" stroke-width="2.5" stroke-linecap="round"/>
        </svg>
        Neap
      </a>
      <nav aria-label="Main">
        <a href="/shop"${at === '/shop' ? ' aria-current="page"' : ''}>Shop</a>
        <a href="/shop/basket"${at === '/shop/basket' ? ' aria-current="page"' : ''}>Basket (<span class="number">0</span>)</a>
      </nav>
    </header>
    <main id="main" tabindex="-1">
      <p class="greeting for-members"><span class="wrap">Welcome back aboard. Members of Neap Rewards pay no postage.</span></p>${main}
    </main>
    <footer class="foot">
      <div class="wrap">
        <p>Neap is made up, and so are its goods. What is picked for you is real: Pintle makes it of what you buy here.</p>
        <nav aria-label="Footer">
          <a href="/">What Neap does</a>
          <a href="/docs">How this page knew you</a>
        </nav>
      </div>
    </footer>
  </body>
</html>
`

/** The page at a path, as HTML; undefined where the shop has none. */
export function pageAt(pathname) {
  const at = pathname.replace(/\/$/, '')
  if (at === '/shop') return page({ title: 'Shop', main: goods(), at })
  if (at === '/shop/basket') return page({ title: 'Your basket', main: basket(), at })
  if (at === '/shop/thank-you') return page({ title: 'Thank you', main: thanks(), at })
  const one = catalogue.find(({ id }) => at === `/shop/${id}`)
  return one && page({ title: one.name, main: good(one), at })
}
