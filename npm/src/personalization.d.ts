/** The text of the built-in personalization.json: the feature `signed_up` of RudderStack's guide. */
declare const personalization: string
export default personalization
