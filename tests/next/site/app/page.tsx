import Image from 'next/image'

import { Header } from './header'

// A static page: the time is that of the build.
export default function Page() {
  return (
    <>
      <Header />
      <h1>Find the still hours in your team’s week</h1>
      <p id="built">{new Date().toISOString()}</p>
      <Image src="/picture.png" alt="" width={64} height={64} />
    </>
  )
}
