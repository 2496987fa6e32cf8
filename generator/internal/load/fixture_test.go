package load

import (
	"io/fs"
	"maps"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"waijiao/generator/internal/site"
	"waijiao/internal/problem"
)

// settingsYAML is the least that site.yaml may say.
const settingsYAML = `name: {zh: 示例网, en: Sample site}
base_url: https://example.org
lead: {zh: 引语, en: Lead}
intro: {zh: 介绍, en: Introduction}
office: {zh: 示例中心, en: Sample Centre}
host: {zh: 示例大学, en: Sample University}
guided_by: {zh: 示例局, en: Sample Bureau}
site_id: {zh: 标识码, en: code}
icp: {zh: 备案号, en: filing}
police: {zh: 公安备案号, en: police filing}
contact:
  email: office@example.org
  phone: {zh: 电话, en: telephone}
  address: {zh: 地址, en: address}
  hours: {zh: 时间, en: hours}
keywords: {zh: 外教, en: teachers}
sections:
  - {path: /guides/, title: {zh: 指南, en: Guides}, description: {zh: 说明, en: How to}}
navigation: [/guides/]
footer: [{to: /guides/, label: {zh: 指南, en: Guides}}]
doors:
  - audience: school
    title: {zh: 我是学校, en: I am a school}
    tasks: [{to: /guides/, label: {zh: 指南, en: Guides}}]
per_page: 20
mail_limit: 20
allow_emails: ["@example.org"]
vocabulary:
  subjects: [{key: english, zh: 英语, en: English}]
  topics: [{key: planning, zh: 规划, en: Planning}]
  columns: [{key: training, zh: 培训, en: Training}]
  tags: [{key: hiring, zh: 聘用, en: hiring}, {key: visa, zh: 签证, en: visa}]
  certificates: [{key: tefl, zh: TEFL 证书, en: TEFL}]
  issuers: [{zh: 教育部, en: Ministry of Education}, {zh: 公安部, en: Ministry of Public Security}]
`

const pageZH = "---\ntitle: 关于\nsummary: 摘要\ndate: 2026-01-05\n---\n正文。\n"

const policyZH = "---\ntitle: 通知\nsummary: 摘要\ndate: 2026-01-05\nnumber: 外专发[2017]36号\nissuer: 教育部\nstatus: in-force\n---\n正文。\n"

const guideZH = `---
title: 指南
summary: 摘要
date: 2026-01-05
audience: [school]
conditions: ["依法设立", "见[说明](/about/)"]
materials:
  - {name: 护照, copies: 1, form: copy, note: 首页, within: 6}
  - {name: 照片}
steps:
  - {who: 学校, what: 申请, days: {working: 10}}
time_limit: 十日
fee: 不收费
contact: office@example.org
faq:
  - {question: 问, answer: 答}
---
正文。
`

const guideEN = `---
title: Guide
summary: Summary
conditions: [Legally established]
materials:
  - {name: Passport, copies: 1, form: copy, note: first page, within: 6}
  - {name: Photo}
steps:
  - {who: School, what: Apply, days: {working: 10}}
time_limit: ten days
fee: none
contact: office@example.org
faq:
  - {question: Q, answer: A}
---
Text.
`

// Tables without a fault.
const (
	districtsCSV = "code,name_zh,name_en,column,row\n330106,西湖区,Xihu,3,1\n330108,滨江区,Binjiang,4,2\n"
	zonesCSV     = "id,name_zh,name_en,district,lead_school,hours_total,hours_taken,since,sample\nz1,示例片区 1,Sample Zone 1,330106,s01,40,34,2023-09,true\n"
	schoolsCSV   = "id,name_zh,name_en,district,stages,ownership,zone,teachers,website,sample\ns01,示例小学 01,Sample Primary School 01,330106,primary,public,z1,0,,true\ns02,示例小学 02,Sample Primary School 02,330108,primary;junior,private,,2,https://example.org,true\n"
	teachersCSV  = "id,name_zh,name_en,nationality,mother_tongue,languages,subjects,stages,district,zone,school,star,star_year,years,degree,certificates,available_from,consent,sample\nt001,示例教师 001,Sample Teacher 001,GB,en,en;fr,english,primary;junior,330106,z1,s01,4,2023,6,bachelor,tefl,2026-09-01,2026-08-27,true\n"
	vacanciesCSV = "id,school,title_zh,title_en,subject,stages,type,hours,from,to,pay_min,pay_max,housing,opens,closes,sample\nv01,s01,示例岗位 01,Sample post 01,english,primary,full-time,18,2027-02-22,2027-07-02,16000,20000,provided,2026-10-12,2027-01-08,true\n"
	coverageCSV  = "year,district,schools,schools_with_teacher,teachers,as_of,sample\n2025,330106,4,2,3,2025-12-31,true\n"
)

// content is a folder of content that has no fault but translations that say
// nothing of the Chinese.
func content(changes map[string]string) fstest.MapFS {
	files := map[string]string{
		"site.yaml": settingsYAML, "directory/districts.csv": districtsCSV, "directory/zones.csv": zonesCSV,
		"directory/schools.csv": schoolsCSV, "directory/teachers.csv": teachersCSV,
		"directory/vacancies.csv": vacanciesCSV, "directory/coverage.csv": coverageCSV,
		"pages/about/zh.md": pageZH, "policies/guide-36/zh.md": policyZH,
	}
	maps.Copy(files, changes)
	fsys := fstest.MapFS{}
	for name, text := range files {
		if text != "" {
			fsys[name] = &fstest.MapFile{Data: []byte(text)}
		}
	}
	return fsys
}

func noon() time.Time { return time.Date(2026, 6, 1, 4, 0, 0, 0, time.UTC) }

func mustLoad(t testing.TB, fsys fs.FS) (*site.Site, problem.List) {
	t.Helper()
	s, list, err := Load(fsys, Options{Now: noon()})
	if err != nil {
		t.Fatal(err)
	}
	return s, list
}

// without leaves out the problems with these codes.
func without(list problem.List, codes string) problem.List {
	var rest problem.List
	for _, p := range list {
		if !strings.Contains(codes, p.Code) {
			rest = append(rest, p)
		}
	}
	return rest
}

// openWords are vocabularies that take every word.
func openWords() words {
	return newWords(&site.Config{})
}
