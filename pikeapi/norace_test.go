//go:build !race

package pikeapi

const padded = 0
