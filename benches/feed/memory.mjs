export const memory = async () => ({ lines: [] })
