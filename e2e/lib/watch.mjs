// Watches what a page does beside showing itself.

/**
 * The list that this returns fills with what goes wrong while the page is used:
 * requests to another origin, requests that fail, what the Content-Security-
 * Policy stops, errors of scripts and other errors on the console. That a page
 * itself comes with a status of 404 or 422 is no fault.
 */
export function watch(page, base) {
  const faults = []
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.origin !== base && url.protocol !== 'data:') faults.push(`request to ${request.url()}`)
  })
  page.on('response', (response) => {
    if (response.status() >= 400 && response.request().resourceType() !== 'document') {
      faults.push(`${response.status()} for ${response.url()}`)
    }
  })
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText
    if (why !== 'net::ERR_ABORTED') faults.push(`${why} for ${request.url()}`)
  })
  page.on('pageerror', (error) => faults.push(`script: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return
    if (/Failed to load resource: .* status of (404|422)/.test(message.text())) return
    faults.push(`console: ${message.text()}`)
  })
  return faults
}
