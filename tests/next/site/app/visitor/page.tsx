import { decision, decisions } from 'pintle/next/server'

import { Header } from '../header'

// A server component that knows the visitor in the very request that looked them up.
export default async function Page() {
  return (
    <>
      <Header isSignedUp={await decision('signed_up', false)} />
      <h1>What was decided about you</h1>
      <pre id="decisions">{JSON.stringify(await decisions())}</pre>
    </>
  )
}
