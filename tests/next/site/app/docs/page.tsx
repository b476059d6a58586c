import { Header } from '../header'

export default function Page() {
  return (
    <>
      <Header />
      <h1>Docs</h1>
      <p id="built">{new Date().toISOString()}</p>
    </>
  )
}
