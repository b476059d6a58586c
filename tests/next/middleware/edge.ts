import { middleware } from 'pintle/next'

export default middleware
export const config = { matcher: ['/((?!_next/static|_next/image|favicon.ico).*)'] }
