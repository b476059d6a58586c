// What a browser sends when somebody opens a page: the same headers for every Worker, but for the cookies.

/** The header lines of a navigation, with `cookie`. */
export const navigation = (cookie) => ({
  host: 'shop.example',
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'accept-language': 'en-GB,en;q=0.9,de;q=0.8',
  'cache-control': 'max-age=0',
  'sec-ch-ua': '"Chromium";v="140", "Not=A?Brand";v="24", "Google Chrome";v="140"',
  'sec-ch-ua-mobile': '?0',
  'sec-ch-ua-platform': '"Linux"',
  'sec-fetch-dest': 'document',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-site': 'none',
  'sec-fetch-user': '?1',
  'upgrade-insecure-requests': '1',
  cookie: ['_ga=GA1.1.1211541023.1735689600', 'theme=dark', ...cookie].join('; '),
})

/** RudderStack's cookie for the visitor `id`, as its SDK v3 writes it. */
export const rudder = (id) =>
  `rl_anonymous_id=${encodeURIComponent(`RS_ENC_v3_${Buffer.from(JSON.stringify(id)).toString('base64')}`)}`

/** The id of the visitor number `n`; each begins with `kind`. */
export const visitor = (n, kind = '2c5b6d48') => `${kind}-ea90-43a2-a2f6-${String(n).padStart(12, '0')}`
