// Package node builds the parts of privd, joins them, starts and stops them. It is
// the only package that knows all the others: what one part needs of another is
// handed to it here, and events from outside enter the market through functions
// that are passed from here.
package node
