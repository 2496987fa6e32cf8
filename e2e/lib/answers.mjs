// What is filled into each form: the least with which it is accepted. People
// and schools are samples; the telephone number is one that is kept for fiction.
import { answers, inDays, letter } from './hiring.mjs'

const contact = {
  contact_name: '示例联系人',
  contact_post: '教务处主任',
  office_phone: '+44 20 7946 0000',
  email: 'clerk@example.org',
  consent_processing: true,
}

/** The answers of one row of the group of schools, numbered from 1. */
export function member(row, school) {
  return {
    [`members.${row}.school_name`]: school,
    [`members.${row}.district`]: '330106',
    [`members.${row}.stages`]: ['primary'],
    [`members.${row}.lessons`]: '4',
  }
}

/** The application to form a zone without its other schools. */
export const zone = {
  lead_school: '示例小学 01',
  uscc: '91350100M000100Y43',
  district: '330106',
  lead_stages: ['primary'],
  lead_lessons: '8',
  ...contact,
  zone_name: '示例片区 1',
  subjects: ['english'],
  start_year: '2030',
  start_term: 'autumn',
  plan: '各校课时都不够聘一位教师。',
  members_know: true,
}

/** By the form's id: names and answers; a file is an object. */
export const least = {
  'hiring-request': answers(),
  'zone-request': { ...zone, ...member(1, '示例小学 02') },
  'institution-filing': {
    filing_kind: 'first',
    institution_name: '示例培训学校 01',
    uscc: '91350100M000100Y43',
    district: '330106',
    licence: 'held',
    licence_number: '示例编号 0001',
    licence_copy: letter(),
    ...contact,
    'posts.1.nationality': 'GB',
    'posts.1.subject': '英语口语',
    'posts.1.pupils': ['primary'],
    'posts.1.permits': 'both',
    'posts.1.contract_from': '2026-09-01',
    'posts.1.contract_to': '2027-08-31',
    teachers_told: true,
  },
  'star-nomination': {
    nominator: 'school',
    school_name: '示例小学 01',
    ...contact,
    teacher: '示例教师 001 (Sample Teacher 001)',
    subjects: ['english'],
    stages: ['primary'],
    lessons: '16',
    years_here: '2',
    stars: 'three',
    teaching: '课堂生动。',
    progress: '学生敢开口。',
    cooperation: '与本校教师一起备课。',
    teacher_knows: true,
  },
  'teacher-application': {
    full_name: 'Sample Teacher 001',
    nationality: 'GB',
    mother_tongue: 'English',
    email: 'teacher@example.org',
    whereabouts: 'abroad',
    subjects: ['english'],
    stages: ['primary'],
    degree: 'bachelor',
    degree_field: 'Music',
    years: '3',
    post_types: ['full-time'],
    available_from: inDays(90),
    cv: letter('CV.pdf'),
    consent_processing: true,
  },
  enquiry: {
    topic: 'question',
    message: '示例问题：怎样查看政策？',
    reply: 'none',
    consent_processing: true,
  },
}
