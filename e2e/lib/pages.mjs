// One address for each kind of page that the site has, in Chinese; the English
// one begins with /en.
export const kinds = {
  home: '/',
  about: '/about/',
  notices: '/notices/',
  'notices of a year': '/notices/year/2025/',
  notice: '/notices/site-online/',
  'sample notice': '/notices/star-nomination-2026/',
  policies: '/policies/',
  policy: '/policies/2017-resources/',
  'policy that has ended': '/policies/2019-plan/',
  explanation: '/policies/explained-2017-resources/',
  guides: '/guides/',
  guide: '/guides/work-permit/',
  teachers: '/teachers/',
  'teachers of a subject': '/teachers/subject/english/',
  'teachers of a stage': '/teachers/stage/primary/',
  teacher: '/teachers/t001/',
  schools: '/schools/',
  school: '/schools/s01/',
  zones: '/zones/',
  zone: '/zones/z1/',
  vacancies: '/vacancies/',
  vacancy: '/vacancies/v01/',
  'closed vacancy': '/vacancies/v07/',
  coverage: '/coverage/',
  forms: '/forms/',
  form: '/forms/hiring-request/',
  'closed form': '/forms/closed-sample/',
  progress: '/forms/status/',
  glossary: '/glossary/',
  sitemap: '/sitemap/',
  contact: '/contact/',
  privacy: '/privacy/',
  accessibility: '/accessibility/',
  questions: '/questions/',
  downloads: '/downloads/',
  'star rating': '/star-rating/',
  404: '/nothing-is-here/',
}

// The same for the small site in testdata/, which has what the other happens
// not to have.
export const rareKinds = {
  'only in Chinese': '/notices/only-chinese/',
  'only in English': '/notices/only-english/',
  'outdated translation': '/notices/outdated/',
  'expired page': '/notices/over/',
  'moved address': '/notices/before/',
  'page to be confirmed': '/about/',
  'first page of a list': '/notices/',
  'second page of a list': '/notices/page/2/',
  'empty list of documents': '/policies/',
  'empty guides': '/guides/',
  'empty teachers': '/teachers/',
  'empty schools': '/schools/',
  'empty zones': '/zones/',
  'empty vacancies': '/vacancies/',
  'empty coverage': '/coverage/',
  'empty forms': '/forms/',
  'empty glossary': '/glossary/',
}

export const languages = ['zh', 'en']

/** The address in a language. */
export function at(lang, address) {
  return lang === 'en' ? '/en' + address : address
}
