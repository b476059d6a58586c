import type { GetServerSideProps } from 'next'

// A page of the older router, which its author allows every shared cache to keep.
export const getServerSideProps: GetServerSideProps<{ made: string }> = async ({ res }) => {
  res.setHeader('cache-control', 'public, s-maxage=60')
  return { props: { made: crypto.randomUUID() } }
}

export default function Page({ made }: { made: string }) {
  return <p id="made">{made}</p>
}
