package contribution

import "privd/market"

// SoldName is what the vault has the stripped copy of a photo under.
func SoldName(id market.ContributionID) string { return string(id) + ".sold" }

// PreviewName is what the vault has the preview of a contribution under.
func PreviewName(id market.ContributionID) string { return string(id) + ".preview" }

// Contents names everything the vault may hold of a contribution, the file itself
// first.
func Contents(id market.ContributionID) []string {
	return []string{string(id), SoldName(id), PreviewName(id)}
}
