import Link from 'next/link'

import { HeaderButton } from './header-button'

export function Header({ isSignedUp }: { isSignedUp?: boolean }) {
  return (
    <header>
      <Link href="/">Neap</Link>
      <Link href="/docs">Docs</Link>
      <Link href="/visitor">You</Link>
      <HeaderButton initial={isSignedUp} />
    </header>
  )
}
