// The site: one page of 10 KB, as static hosting answers it. `DELAY_MS` makes it slow.

const frame =
  '<!doctype html><html><head><title>Shop</title></head><body><a class="cta" href="/try-for-free">Try for free</a>'
const page = `${frame.padEnd(10_240 - 14, '<p>lorem ipsum dolor sit amet</p>')}</body></html>`

export default {
  async fetch(_, { DELAY_MS }) {
    if (DELAY_MS) await scheduler.wait(Number(DELAY_MS))
    return new Response(page, {
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'public, max-age=0, must-revalidate',
        etag: '"10240"',
      },
    })
  },
}
