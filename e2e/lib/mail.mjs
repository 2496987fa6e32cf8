// Reads a mail as far as the tests need: its headers (RFC 5322), decoded
// (RFC 2047).

/** The headers of a message, names in lower case; the first of each name. */
export function headers(message) {
  const head = message.toString('latin1').replace(/\r\n/g, '\n').split('\n\n', 1)[0]
  const all = {}
  for (const field of head.replace(/\n[ \t]+/g, ' ').split('\n')) {
    const colon = field.indexOf(':')
    const name = field.slice(0, colon).toLowerCase()
    all[name] ??= decode(field.slice(colon + 1).trim())
  }
  return all
}

/** Text with its encoded words read. White space between two of them is none. */
export function decode(text) {
  return text
    .replace(/\?=[ \t]+=\?/g, '?==?')
    .replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, how, word) => (how.toLowerCase() === 'b'
      ? Buffer.from(word, 'base64')
      : Buffer.from(word.replace(/_/g, ' ').replace(/=([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16))), 'latin1')
    ).toString('utf8'))
}

/** What the parts of a message say, decoded, one after the other. */
export function texts(message) {
  return message.toString('latin1').replace(/\r\n/g, '\n').split(/\n--[^\n]+\n?/).map((part) => {
    const [head, ...body] = part.split('\n\n')
    const coding = /^content-transfer-encoding: *(\S+)/im.exec(head)?.[1].toLowerCase()
    const text = body.join('\n\n')
    if (coding === 'base64') return Buffer.from(text, 'base64').toString('utf8')
    const bytes = coding === 'quoted-printable' ? text.replace(/=\n/g, '').replace(/=([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16))) : text
    return Buffer.from(bytes, 'latin1').toString('utf8')
  }).join('\n')
}
