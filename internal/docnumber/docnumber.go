// Package docnumber reads document numbers (发文字号), the names by which
// official documents of China cite one another, in any of the forms that
// people type.
//
// The national standard for official documents (GB/T 9704) writes the year in
// 〔 〕; people write [ ], 【 】, ( ), ［ ］, （ ） and full-width digits too,
// and put spaces between. All of them mean the same document, and Key gives
// the same key for all of them.
package docnumber
