// Package form turns one definition of a form into everything that is needed
// of it.
package form

// Form is a form's definition.
type Form struct{ ID string }
