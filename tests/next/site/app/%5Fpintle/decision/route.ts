export { GET } from 'pintle/next/decision'
