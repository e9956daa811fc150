package chain

import "privd/market"

// meaning is what a contract's custom error tells whoever asked for the call.
type meaning struct {
	code market.Code
	text string
}

// meanings has every error a call of ours can end in, by name: those of our
// contracts, and those of the libraries they are made of. The codes are for callers:
// Conflict says that the state is another one than they thought, so that looking
// again may help; Expired that its time is over; Unpaid that somebody has too little;
// Denied that somebody else has to ask; Invalid that the call was wrong when it was
// made and will stay so.
var meanings = map[string]meaning{
	// Market
	"ActiveAccess":        {market.Conflict, "the buyer has access to the listing already, or is buying it"},
	"AlreadyPurchased":    {market.Conflict, "this purchase was made already"},
	"BadDays":             {market.Invalid, "access cannot be bought for so many days"},
	"BadOrderSignature":   {market.Invalid, "the order is not signed by its seller"},
	"BadPrice":            {market.Invalid, "the price is not one that can be paid"},
	"BadRetireSignature":  {market.Invalid, "the retirement is not signed by the seller"},
	"BadSealSignature":    {market.Invalid, "the seal is not signed by the seller's node"},
	"BadWindow":           {market.Invalid, "the delivery window is too short or too long"},
	"KeyIsRight":          {market.Conflict, "the key that is disputed is the right one"},
	"NotBuyer":            {market.Denied, "only the buyer may pay directly"},
	"NotNewer":            {market.Conflict, "this version, or a later one, was retired already"},
	"NotTreasury":         {market.Denied, "only the treasury may do this"},
	"NothingSettled":      {market.Conflict, "no receipt of the batch can be settled now"},
	"NothingToWithdraw":   {market.Conflict, "there is not so much to withdraw"},
	"OrderExpired":        {market.Expired, "the order has expired"},
	"OwnListing":          {market.Invalid, "the seller cannot buy from himself"},
	"TooEarly":            {market.Conflict, "its time has not come yet"},
	"TooLate":             {market.Expired, "its time is over"},
	"VersionRetired":      {market.Expired, "the seller retired this version of the listing"},
	"WrongDelivery":       {market.Invalid, "the delivery is not the one of the purchase"},
	"WrongOpener":         {market.Invalid, "the opener does not fit the lock"},
	"WrongSealed":         {market.Invalid, "the sealed key is not the one of the purchase"},
	"WrongStatus":         {market.Conflict, "the purchase is not in the state this needs"},
	"ZeroDelegate":        {market.Invalid, "the terms name no delegate"},
	"ZeroToken":           {market.Invalid, "no token is named"},
	"ZeroTreasury":        {market.Invalid, "no treasury is named"},
	"BadUnstakeSignature": {market.Invalid, "the request is not signed by the account"},

	// Rewards and Staking
	"BadVoucherSignature": {market.Invalid, "the voucher is not signed by its operator"},
	"InsufficientFunds":   {market.Unpaid, "the operator's reward fund is too small"},
	"InsufficientStake":   {market.Unpaid, "not so much is staked"},
	"LengthMismatch":      {market.Invalid, "there are not as many amounts as accounts"},
	"NothingAnnounced":    {market.Conflict, "no withdrawal was announced"},
	"WrongNonce":          {market.Conflict, "the request was used already, or is not the next one"},
	"ZeroAmount":          {market.Invalid, "the amount is nothing"},
	"ZeroOperator":        {market.Invalid, "no operator is named"},

	// The tokens
	"ERC20InsufficientAllowance":      {market.Unpaid, "the contract may not take so much of the owner's tokens"},
	"ERC20InsufficientBalance":        {market.Unpaid, "the wallet does not hold so many tokens"},
	"ERC20InvalidApprover":            {market.Invalid, "nobody cannot give an allowance"},
	"ERC20InvalidReceiver":            {market.Invalid, "tokens cannot be sent to this address"},
	"ERC20InvalidSender":              {market.Invalid, "tokens cannot be sent from this address"},
	"ERC20InvalidSpender":             {market.Invalid, "this address cannot have an allowance"},
	"ERC2612ExpiredSignature":         {market.Expired, "the permit has expired"},
	"ERC2612InvalidSigner":            {market.Invalid, "the permit is not signed by its owner"},
	"ERC3009InvalidAuthorizationTime": {market.Expired, "the authorization is not valid now"},
	"ERC3009InvalidSignature":         {market.Invalid, "the authorization is not signed by the payer"},
	"ERC3009UsedAuthorization":        {market.Conflict, "the authorization was used or cancelled already"},
	"InvalidAccountNonce":             {market.Conflict, "the signature was used already, or is not the next one"},
	"NotMinter":                       {market.Denied, "only the minter may do this"},

	// Libraries
	"ECDSAInvalidSignature":          {market.Invalid, "a signature is not one"},
	"ECDSAInvalidSignatureLength":    {market.Invalid, "a signature has the wrong length"},
	"ECDSAInvalidSignatureS":         {market.Invalid, "a signature is in the form that is not allowed"},
	"InvalidShortString":             {market.Invalid, "a text is damaged"},
	"ReentrancyGuardReentrantCall":   {market.Invalid, "the contract was called from within itself"},
	"SafeCastOverflowedUintDowncast": {market.Invalid, "a number is too large"},
	"SafeERC20FailedOperation":       {market.Unpaid, "the token refuses the transfer"},
	"StringTooLong":                  {market.Invalid, "a text is too long"},

	// The language's own, and what is found out without an error
	"Error":    {market.Invalid, "a requirement does not hold"},
	"Panic":    {market.Invalid, "the contract failed in itself"},
	outOfGas:   {market.Conflict, "the gas did not suffice"},
	unknownEnd: {market.Conflict, "it failed, and why is not known"},
}

// Names of what is found out without a contract's word.
const (
	outOfGas   = "OutOfGas"
	unknownEnd = ""
)
