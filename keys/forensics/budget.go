package forensics

import "math"

// Limits of one search. Work is booked in estimated nanoseconds, so that cheap candidates are not
// charged for dear ones and a search takes about the same time everywhere.
const (
	maxCandidates = 24_000
	hashCost      = 3             // for 4 bytes hashed
	makeCost      = 4             // for each byte that a candidate is made of
	candidateCost = 1_000         // for a candidate of any length, with its tails and forms
	middleBody    = 4 << 10       // the size that has the least work, in bytes
	middleBudget  = 13_000_000    // for a body of that size: the work of a score of signatures
	maxBudget     = 1_500_000_000 // for bodies of some 100 KiB and more
	reducedAbove  = 1 << 20       // bodies above this many bytes get the reduced set
	progressEvery = 64            // candidates between two looks at the clock of the caller
	longCandidate = 64 << 10      // bytes of a candidate after which the caller is always asked
)

// budgetFor returns the work that a search in a body of n bytes may do. Most bodies have less than
// 1 KiB: they get everything, rare pairs of changes too. Larger ones get more variants than one of
// middleBody gets, up to maxBudget, and those above reducedAbove two dozen.
func budgetFor(n int) int64 {
	switch {
	case n > 16*reducedAbove:
		return int64(n) * 100
	case n > reducedAbove:
		return int64(n) * 200
	case n > middleBody:
		scale := float64(n) / middleBody
		return int64(min(maxBudget, middleBudget*scale*math.Sqrt(scale)))
	}
	return middleBudget * middleBody / int64(max(n, middleBody/5))
}

// count books one candidate of n bytes.
func (s *search) count(n int) {
	s.tried.Variants++
	s.tried.Bytes += int64(n)
	s.spend(int64(n)*hashCost/4 + candidateCost)
	if s.tried.Variants >= maxCandidates {
		s.ended = true
	}
	if s.tried.Variants%progressEvery == 0 || n > longCandidate {
		if s.progress != nil && !s.ended {
			s.progress(s.tried.Variants, s.total())
		}
		if s.ctx.Err() != nil {
			s.ended = true
		}
	}
}

// spend books work.
func (s *search) spend(ns int64) {
	if s.left -= ns; s.left < 0 {
		s.ended = true
	}
}

// total estimates how many candidates there are at most.
func (s *search) total() int {
	if n := int64(len(s.body)); n > 0 {
		return int(min(maxCandidates, int64(s.tried.Variants)+s.left/(4*n+candidateCost)))
	}
	return maxCandidates
}
