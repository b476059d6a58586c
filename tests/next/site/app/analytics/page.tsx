import { decision } from 'pintle/next/server'

import { Header } from '../header'
import { Tracking } from './tracking'

// A page with an analytics SDK: its snippet is the site's own setting.
export default async function Page() {
  const isSignedUp = await decision('signed_up', false)
  return (
    <>
      {/* biome-ignore lint/security/noDangerouslySetInnerHtml: it is the site's own text, from its own settings. */}
      <script dangerouslySetInnerHTML={{ __html: process.env.ANALYTICS_SNIPPET ?? '' }} />
      <Header isSignedUp={isSignedUp} />
      <h1>A page that is measured</h1>
      <Tracking />
    </>
  )
}
