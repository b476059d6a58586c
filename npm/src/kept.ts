// How long what is known of somebody is kept after nothing was heard of them any more: by their object, whose rules say so
// too (`feed/src/person/forgetting.rs`, whose test holds both together), by KV, and by KV of what `pintle load` brings.

export const KEPT_S = 400 * 24 * 60 * 60
