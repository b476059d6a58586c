import { Header } from '../header'

export default function Page() {
  return (
    <>
      <Header />
      <h1>Try for free</h1>
      <p id="built">{new Date().toISOString()}</p>
    </>
  )
}
