// What is used of jstat, which has no types of its own.

declare module 'jstat' {
  const jstat: {
    jStat: {
      normal: { inv(probability: number, mean: number, deviation: number): number }
      chisquare: { cdf(value: number, freedom: number): number }
    }
  }
  export default jstat
}
