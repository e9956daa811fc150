// Code generated via abigen V2 - DO NOT EDIT.
// This file is a generated binding and any manual changes will be lost.

package market

import (
	"bytes"
	"errors"
	"math/big"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// Reference imports to suppress errors if they are not otherwise used.
var (
	_ = bytes.Equal
	_ = errors.New
	_ = big.NewInt
	_ = common.Big1
	_ = types.BloomLookup
	_ = abi.ConvertType
)

// Deal is an auto generated low-level Go binding around an user-defined struct.
type Deal struct {
	Seller   common.Address
	Buyer    common.Address
	Delegate common.Address
	Listing  [32]byte
	Delivery [32]byte
}

// Delivery is an auto generated low-level Go binding around an user-defined struct.
type Delivery struct {
	Offer         [32]byte
	KeyCommitment [32]byte
	SealedHash    [32]byte
	Lock          [32]byte
}

// Order is an auto generated low-level Go binding around an user-defined struct.
type Order struct {
	Seller        common.Address
	Sealer        common.Address
	Listing       [32]byte
	Manifest      [32]byte
	KeyCommitment [32]byte
	Price         *big.Int
	Version       uint64
	Expiry        uint64
}

// Retire is an auto generated low-level Go binding around an user-defined struct.
type Retire struct {
	Seller  common.Address
	Listing [32]byte
	Version uint64
}

// Sale is an auto generated low-level Go binding around an user-defined struct.
type Sale struct {
	Order      Order
	OrderSig   Sig
	Terms      Terms
	SealedHash [32]byte
	Lock       [32]byte
	SealSig    Sig
}

// Sig is an auto generated low-level Go binding around an user-defined struct.
type Sig struct {
	R  [32]byte
	Vs [32]byte
}

// SignedReceipt is an auto generated low-level Go binding around an user-defined struct.
type SignedReceipt struct {
	Deal     Deal
	OpenedAt uint64
	Sig      Sig
}

// Terms is an auto generated low-level Go binding around an user-defined struct.
type Terms struct {
	Buyer          common.Address
	Delegate       common.Address
	Recipient      [32]byte
	AccessDays     uint32
	DeliveryWindow uint32
	PayBy          uint64
	Salt           [32]byte
}

// MarketMetaData contains all meta data concerning the Market contract.
var MarketMetaData = bind.MetaData{
	ABI: "[{\"inputs\":[{\"internalType\":\"contractPrivToken\",\"name\":\"token\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"treasury_\",\"type\":\"address\"}],\"stateMutability\":\"nonpayable\",\"type\":\"constructor\"},{\"inputs\":[{\"internalType\":\"uint40\",\"name\":\"until\",\"type\":\"uint40\"}],\"name\":\"ActiveAccess\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"purchase\",\"type\":\"bytes32\"}],\"name\":\"AlreadyPurchased\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint32\",\"name\":\"accessDays\",\"type\":\"uint32\"}],\"name\":\"BadDays\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"BadOrderSignature\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"price\",\"type\":\"uint256\"}],\"name\":\"BadPrice\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"BadRetireSignature\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"BadSealSignature\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint32\",\"name\":\"deliveryWindow\",\"type\":\"uint32\"}],\"name\":\"BadWindow\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"InvalidShortString\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"KeyIsRight\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"caller\",\"type\":\"address\"}],\"name\":\"NotBuyer\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"version\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"minVersion\",\"type\":\"uint64\"}],\"name\":\"NotNewer\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"caller\",\"type\":\"address\"}],\"name\":\"NotTreasury\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"NothingSettled\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"internalType\":\"uint256\",\"name\":\"amount\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"balance\",\"type\":\"uint256\"}],\"name\":\"NothingToWithdraw\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"expiry\",\"type\":\"uint64\"}],\"name\":\"OrderExpired\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"seller\",\"type\":\"address\"}],\"name\":\"OwnListing\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"ReentrancyGuardReentrantCall\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"token\",\"type\":\"address\"}],\"name\":\"SafeERC20FailedOperation\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"string\",\"name\":\"str\",\"type\":\"string\"}],\"name\":\"StringTooLong\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"start\",\"type\":\"uint256\"}],\"name\":\"TooEarly\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"limit\",\"type\":\"uint256\"}],\"name\":\"TooLate\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"version\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"minVersion\",\"type\":\"uint64\"}],\"name\":\"VersionRetired\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"WrongDelivery\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"WrongOpener\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"WrongSealed\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"purchase\",\"type\":\"bytes32\"},{\"internalType\":\"enumStatus\",\"name\":\"status\",\"type\":\"uint8\"}],\"name\":\"WrongStatus\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"ZeroDelegate\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"ZeroToken\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"ZeroTreasury\",\"type\":\"error\"},{\"anonymous\":false,\"inputs\":[],\"name\":\"EIP712DomainChanged\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"purchase\",\"type\":\"bytes32\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"seller\",\"type\":\"address\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"buyer\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"address\",\"name\":\"delegate\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"bytes32\",\"name\":\"listing\",\"type\":\"bytes32\"},{\"components\":[{\"internalType\":\"bytes32\",\"name\":\"offer\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"keyCommitment\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"sealedHash\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"lock\",\"type\":\"bytes32\"}],\"indexed\":false,\"internalType\":\"structDelivery\",\"name\":\"delivery\",\"type\":\"tuple\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"price\",\"type\":\"uint256\"},{\"indexed\":false,\"internalType\":\"uint64\",\"name\":\"version\",\"type\":\"uint64\"},{\"indexed\":false,\"internalType\":\"uint40\",\"name\":\"deadline\",\"type\":\"uint40\"},{\"indexed\":false,\"internalType\":\"uint16\",\"name\":\"accessDays\",\"type\":\"uint16\"}],\"name\":\"Purchased\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"purchase\",\"type\":\"bytes32\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"buyer\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"amount\",\"type\":\"uint256\"},{\"indexed\":false,\"internalType\":\"bool\",\"name\":\"disputed\",\"type\":\"bool\"}],\"name\":\"Refunded\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"seller\",\"type\":\"address\"},{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"listing\",\"type\":\"bytes32\"},{\"indexed\":false,\"internalType\":\"uint64\",\"name\":\"version\",\"type\":\"uint64\"}],\"name\":\"Retired\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"purchase\",\"type\":\"bytes32\"},{\"indexed\":false,\"internalType\":\"bytes32\",\"name\":\"opener\",\"type\":\"bytes32\"},{\"indexed\":false,\"internalType\":\"uint40\",\"name\":\"deadline\",\"type\":\"uint40\"}],\"name\":\"Revealed\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"purchase\",\"type\":\"bytes32\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"seller\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"amount\",\"type\":\"uint256\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"fee\",\"type\":\"uint256\"},{\"indexed\":false,\"internalType\":\"uint40\",\"name\":\"accessUntil\",\"type\":\"uint40\"}],\"name\":\"Settled\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"purchase\",\"type\":\"bytes32\"},{\"indexed\":false,\"internalType\":\"uint8\",\"name\":\"reason\",\"type\":\"uint8\"}],\"name\":\"Skipped\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"treasury\",\"type\":\"address\"}],\"name\":\"TreasuryChanged\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"amount\",\"type\":\"uint256\"}],\"name\":\"Withdrawn\",\"type\":\"event\"},{\"inputs\":[],\"name\":\"DISPUTE_WINDOW\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"FEE_BPS\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"MAX_WINDOW\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"MIN_WINDOW\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"PENDING\",\"outputs\":[{\"internalType\":\"uint40\",\"name\":\"\",\"type\":\"uint40\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"TOKEN\",\"outputs\":[{\"internalType\":\"contractPrivToken\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"key\",\"type\":\"bytes32\"}],\"name\":\"access\",\"outputs\":[{\"internalType\":\"uint40\",\"name\":\"until\",\"type\":\"uint40\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"}],\"name\":\"balances\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"components\":[{\"internalType\":\"address\",\"name\":\"seller\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"buyer\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"delegate\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"listing\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"delivery\",\"type\":\"bytes32\"}],\"internalType\":\"structDeal\",\"name\":\"deal\",\"type\":\"tuple\"},{\"components\":[{\"internalType\":\"bytes32\",\"name\":\"offer\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"keyCommitment\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"sealedHash\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"lock\",\"type\":\"bytes32\"}],\"internalType\":\"structDelivery\",\"name\":\"delivery\",\"type\":\"tuple\"},{\"internalType\":\"bytes32\",\"name\":\"opener\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"sealedKey\",\"type\":\"bytes32\"}],\"name\":\"dispute\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"eip712Domain\",\"outputs\":[{\"internalType\":\"bytes1\",\"name\":\"fields\",\"type\":\"bytes1\"},{\"internalType\":\"string\",\"name\":\"name\",\"type\":\"string\"},{\"internalType\":\"string\",\"name\":\"version\",\"type\":\"string\"},{\"internalType\":\"uint256\",\"name\":\"chainId\",\"type\":\"uint256\"},{\"internalType\":\"address\",\"name\":\"verifyingContract\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"salt\",\"type\":\"bytes32\"},{\"internalType\":\"uint256[]\",\"name\":\"extensions\",\"type\":\"uint256[]\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"components\":[{\"internalType\":\"address\",\"name\":\"seller\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"buyer\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"delegate\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"listing\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"delivery\",\"type\":\"bytes32\"}],\"internalType\":\"structDeal\",\"name\":\"deal\",\"type\":\"tuple\"}],\"name\":\"finalize\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"seller\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"listing\",\"type\":\"bytes32\"}],\"name\":\"minVersion\",\"outputs\":[{\"internalType\":\"uint64\",\"name\":\"\",\"type\":\"uint64\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"components\":[{\"components\":[{\"internalType\":\"address\",\"name\":\"seller\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"sealer\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"listing\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"manifest\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"keyCommitment\",\"type\":\"bytes32\"},{\"internalType\":\"uint256\",\"name\":\"price\",\"type\":\"uint256\"},{\"internalType\":\"uint64\",\"name\":\"version\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"expiry\",\"type\":\"uint64\"}],\"internalType\":\"structOrder\",\"name\":\"order\",\"type\":\"tuple\"},{\"components\":[{\"internalType\":\"bytes32\",\"name\":\"r\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"vs\",\"type\":\"bytes32\"}],\"internalType\":\"structSig\",\"name\":\"orderSig\",\"type\":\"tuple\"},{\"components\":[{\"internalType\":\"address\",\"name\":\"buyer\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"delegate\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"recipient\",\"type\":\"bytes32\"},{\"internalType\":\"uint32\",\"name\":\"accessDays\",\"type\":\"uint32\"},{\"internalType\":\"uint32\",\"name\":\"deliveryWindow\",\"type\":\"uint32\"},{\"internalType\":\"uint64\",\"name\":\"payBy\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"salt\",\"type\":\"bytes32\"}],\"internalType\":\"structTerms\",\"name\":\"terms\",\"type\":\"tuple\"},{\"internalType\":\"bytes32\",\"name\":\"sealedHash\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"lock\",\"type\":\"bytes32\"},{\"components\":[{\"internalType\":\"bytes32\",\"name\":\"r\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"vs\",\"type\":\"bytes32\"}],\"internalType\":\"structSig\",\"name\":\"sealSig\",\"type\":\"tuple\"}],\"internalType\":\"structSale\",\"name\":\"sale\",\"type\":\"tuple\"},{\"internalType\":\"uint8\",\"name\":\"v\",\"type\":\"uint8\"},{\"internalType\":\"bytes32\",\"name\":\"r\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"s\",\"type\":\"bytes32\"}],\"name\":\"purchase\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"id\",\"type\":\"bytes32\"}],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"components\":[{\"components\":[{\"internalType\":\"address\",\"name\":\"seller\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"sealer\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"listing\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"manifest\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"keyCommitment\",\"type\":\"bytes32\"},{\"internalType\":\"uint256\",\"name\":\"price\",\"type\":\"uint256\"},{\"internalType\":\"uint64\",\"name\":\"version\",\"type\":\"uint64\"},{\"internalType\":\"uint64\",\"name\":\"expiry\",\"type\":\"uint64\"}],\"internalType\":\"structOrder\",\"name\":\"order\",\"type\":\"tuple\"},{\"components\":[{\"internalType\":\"bytes32\",\"name\":\"r\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"vs\",\"type\":\"bytes32\"}],\"internalType\":\"structSig\",\"name\":\"orderSig\",\"type\":\"tuple\"},{\"components\":[{\"internalType\":\"address\",\"name\":\"buyer\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"delegate\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"recipient\",\"type\":\"bytes32\"},{\"internalType\":\"uint32\",\"name\":\"accessDays\",\"type\":\"uint32\"},{\"internalType\":\"uint32\",\"name\":\"deliveryWindow\",\"type\":\"uint32\"},{\"internalType\":\"uint64\",\"name\":\"payBy\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"salt\",\"type\":\"bytes32\"}],\"internalType\":\"structTerms\",\"name\":\"terms\",\"type\":\"tuple\"},{\"internalType\":\"bytes32\",\"name\":\"sealedHash\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"lock\",\"type\":\"bytes32\"},{\"components\":[{\"internalType\":\"bytes32\",\"name\":\"r\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"vs\",\"type\":\"bytes32\"}],\"internalType\":\"structSig\",\"name\":\"sealSig\",\"type\":\"tuple\"}],\"internalType\":\"structSale\",\"name\":\"sale\",\"type\":\"tuple\"}],\"name\":\"purchaseDirect\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"id\",\"type\":\"bytes32\"}],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"id\",\"type\":\"bytes32\"}],\"name\":\"purchases\",\"outputs\":[{\"internalType\":\"uint128\",\"name\":\"price\",\"type\":\"uint128\"},{\"internalType\":\"uint40\",\"name\":\"boughtAt\",\"type\":\"uint40\"},{\"internalType\":\"uint40\",\"name\":\"deadline\",\"type\":\"uint40\"},{\"internalType\":\"uint16\",\"name\":\"accessDays\",\"type\":\"uint16\"},{\"internalType\":\"enumStatus\",\"name\":\"status\",\"type\":\"uint8\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"components\":[{\"internalType\":\"address\",\"name\":\"seller\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"buyer\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"delegate\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"listing\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"delivery\",\"type\":\"bytes32\"}],\"internalType\":\"structDeal\",\"name\":\"deal\",\"type\":\"tuple\"}],\"name\":\"refund\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"components\":[{\"internalType\":\"address\",\"name\":\"seller\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"listing\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"version\",\"type\":\"uint64\"}],\"internalType\":\"structRetire\",\"name\":\"retirement\",\"type\":\"tuple\"},{\"components\":[{\"internalType\":\"bytes32\",\"name\":\"r\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"vs\",\"type\":\"bytes32\"}],\"internalType\":\"structSig\",\"name\":\"sig\",\"type\":\"tuple\"}],\"name\":\"retire\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"components\":[{\"internalType\":\"address\",\"name\":\"seller\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"buyer\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"delegate\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"listing\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"delivery\",\"type\":\"bytes32\"}],\"internalType\":\"structDeal\",\"name\":\"deal\",\"type\":\"tuple\"},{\"components\":[{\"internalType\":\"bytes32\",\"name\":\"offer\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"keyCommitment\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"sealedHash\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"lock\",\"type\":\"bytes32\"}],\"internalType\":\"structDelivery\",\"name\":\"delivery\",\"type\":\"tuple\"},{\"internalType\":\"bytes32\",\"name\":\"opener\",\"type\":\"bytes32\"}],\"name\":\"reveal\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"treasury_\",\"type\":\"address\"}],\"name\":\"setTreasury\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"components\":[{\"components\":[{\"internalType\":\"address\",\"name\":\"seller\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"buyer\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"delegate\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"listing\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"delivery\",\"type\":\"bytes32\"}],\"internalType\":\"structDeal\",\"name\":\"deal\",\"type\":\"tuple\"},{\"internalType\":\"uint64\",\"name\":\"openedAt\",\"type\":\"uint64\"},{\"components\":[{\"internalType\":\"bytes32\",\"name\":\"r\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"vs\",\"type\":\"bytes32\"}],\"internalType\":\"structSig\",\"name\":\"sig\",\"type\":\"tuple\"}],\"internalType\":\"structSignedReceipt[]\",\"name\":\"receipts\",\"type\":\"tuple[]\"}],\"name\":\"settle\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"treasury\",\"outputs\":[{\"internalType\":\"address\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"internalType\":\"uint256\",\"name\":\"amount\",\"type\":\"uint256\"}],\"name\":\"withdraw\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"}]",
	ID:  "Market",
	Bin: "0x610180604052348015610010575f5ffd5b50604051612f08380380612f0883398101604081905261002f916101f3565b6040518060400160405280600c81526020016b1c1c9a5d990813585c9ad95d60a21b815250604051806040016040528060018152602001603160f81b81525061007d8261019660201b60201c565b6101205261008a81610196565b61014052815160208084019190912060e052815190820120610100524660a05261011660e05161010051604080517f8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f60208201529081019290925260608201524660808201523060a08201525f9060c00160405160208183030381529060405280519060200120905090565b60805250503060c0526001600160a01b0382166101465760405163ad1991f560e01b815260040160405180910390fd5b6001600160a01b03811661016d57604051639c707f9560e01b815260040160405180910390fd5b6001600160a01b0391821661016052600280546001600160a01b03191691909216179055610286565b5f5f829050601f815111156101c9578260405163305a27a960e01b81526004016101c0919061022b565b60405180910390fd5b80516101d482610260565b179392505050565b6001600160a01b03811681146101f0575f5ffd5b50565b5f5f60408385031215610204575f5ffd5b825161020f816101dc565b6020840151909250610220816101dc565b809150509250929050565b602081525f82518060208401528060208501604085015e5f604082850101526040601f19601f83011684010191505092915050565b80516020808301519190811015610280575f198160200360031b1b821691505b50919050565b60805160a05160c05160e05161010051610120516101405161016051612c0b6102fd5f395f818161030d0152818161075e01528181610b780152818161111b0152611a5601525f61194301525f61191301525f61221101525f6121e901525f61214401525f61216e01525f6121980152612c0b5ff3fe608060405234801561000f575f5ffd5b506004361061013d575f3560e01c80637ab8dbe9116100b4578063c81c323c11610079578063c81c323c14610366578063db9ded0c14610379578063deb966341461038c578063f0f4426014610396578063f3fef3a3146103a9578063f585dc57146103bc575f5ffd5b80637ab8dbe91461029b57806382bfefc81461030857806384b0196e1461032f578063a17f24811461034a578063bf333f2c1461035d575f5ffd5b80632a020b1b116101055780632a020b1b1461020857806349fee95b1461021b57806352b65c4b1461022e57806361d027b3146102375780636d43c4c9146102625780637444815214610288575f5ffd5b80630e1dc9b41461014157806314be7520146101565780632609e5f41461016957806327e235e3146101905780632859fcbd146101bd575b5f5ffd5b61015461014f366004612447565b6103c6565b005b610154610164366004612485565b610526565b61017564ffffffffff81565b60405164ffffffffff90911681526020015b60405180910390f35b6101af61019e36600461250a565b60066020525f908152604090205481565b604051908152602001610187565b6101f06101cb366004612523565b600560209081525f92835260408084209091529082529020546001600160401b031681565b6040516001600160401b039091168152602001610187565b6101af61021636600461255c565b6106f8565b610154610229366004612577565b610797565b6101af610e1081565b60025461024a906001600160a01b031681565b6040516001600160a01b039091168152602001610187565b610175610270366004612591565b60046020525f908152604090205464ffffffffff1681565b6101546102963660046125a8565b610910565b6102f76102a9366004612591565b60036020525f90815260409020546001600160801b0381169064ffffffffff600160801b8204811691600160a81b81049091169061ffff600160d01b8204169060ff600160e01b9091041685565b60405161018795949392919061261d565b61024a7f000000000000000000000000000000000000000000000000000000000000000081565b610337610b18565b6040516101879796959493929190612687565b6101af61035836600461271d565b610b5a565b6101af6101f481565b610154610374366004612577565b610c70565b610154610387366004612768565b610db6565b6101af62093a8081565b6101546103a436600461250a565b610fb4565b6101546103b7366004612523565b611051565b6101af6203f48081565b5f6103d18484611158565b5f81815260036020526040902090915060018154600160e01b900460ff166004811115610400576104006125e9565b1461043757805460405163276065d160e21b815261042e918491600160e01b90910460ff16906004016127ac565b60405180910390fd5b8054600160a81b900464ffffffffff16421061047857805460405163348f2b4160e11b8152600160a81b90910464ffffffffff16600482015260240161042e565b8360600135610486846111ae565b146104a45760405163044eaa7d60e01b815260040160405180910390fd5b5f6104b26203f480426127d4565b825464ffffffffff8216600160a81b810267ff0000ffffffffff60a81b1990921691909117600160e11b17845560408051878152602081019290925291925084917f51606e77ad5ea7658a86b3e820e3c8d484bef0466d9bb90a1ce15ee299cdf3d1910160405180910390a2505050505050565b5f5f5f5b838110156106a35736858583818110610545576105456127e7565b610100029190910191505f9050610569610564368490038401846127fb565b6111df565b5f818152600360209081526040808320815160a08101835281546001600160801b038116825264ffffffffff600160801b8204811695830195909552600160a81b81049094169281019290925261ffff600160d01b8404166060830152939450919290608083019060ff600160e01b9091041660048111156105ed576105ed6125e9565b60048111156105fe576105fe6125e9565b90525090505f61060f84848461125b565b905060ff81161561065b5760405160ff8216815283907f167515379ec29133d62e15798dd6c90f692036c714de5d7c9c36fe3ed92ade5b9060200160405180910390a25050505061069b565b61067f83838661067160c0820160a0830161289e565b6001600160401b031661138c565b61068990886127d4565b9650610694866128b7565b9550505050505b60010161052a565b50805f036106c4576040516305159ffd60e21b815260040160405180910390fd5b6002546001600160a01b03165f90815260066020526040812080548492906106ed9084906127d4565b909155505050505050565b5f610701611570565b6107136101608301610140840161250a565b6001600160a01b0316336001600160a01b031614610746576040516303bb525960e21b815233600482015260240161042e565b61074f826115a7565b905061078a6001600160a01b037f000000000000000000000000000000000000000000000000000000000000000016333060a086013561182c565b610792611862565b919050565b5f6107aa610564368490038401846127fb565b5f818152600360209081526040808320815160a08101835281546001600160801b038116825264ffffffffff600160801b8204811695830195909552600160a81b81049094169281019290925261ffff600160d01b8404166060830152939450919290608083019060ff600160e01b90910416600481111561082e5761082e6125e9565b600481111561083f5761083f6125e9565b905250905060028160800151600481111561085c5761085c6125e9565b1461088157608081015160405163276065d160e21b815261042e9184916004016127ac565b806040015164ffffffffff164210156108bc576040808201519051630a8d68c960e21b815264ffffffffff909116600482015260240161042e565b5f6108e28383866203f480866040015164ffffffffff166108dd91906128cf565b61138c565b6002546001600160a01b03165f908152600660205260408120805492935083929091906106ed9084906127d4565b5f6109627fcf47fef5545783c3c5719b43cf4995184006f95e8de187acf8512ea4c588d14d846040516020016109479291906128e2565b6040516020818303038152906040528051906020012061188c565b90506109868183610976602087018761250a565b6001600160a01b031691906118b8565b6109a3576040516324f177f560e21b815260040160405180910390fd5b5f6005816109b4602087018761250a565b6001600160a01b0316815260208082019290925260409081015f90812087840135825290925290819020546001600160401b0316915081906109fc906060870190870161289e565b6001600160401b031611610a4757610a1a606085016040860161289e565b6040516328c377d360e21b81526001600160401b039182166004820152908216602482015260440161042e565b610a57606085016040860161289e565b60055f610a67602088018861250a565b6001600160a01b0316815260208082019290925260409081015f908120888401803580845291909452919020805467ffffffffffffffff19166001600160401b039490941693909317909255610abd908661250a565b6001600160a01b03167fd5de3522f89c87c67869f255adc4c5adb9e15b0995151903ab6783b70c714bd2610af7606088016040890161289e565b6040516001600160401b03909116815260200160405180910390a350505050565b5f6060805f5f5f6060610b2961190c565b610b3161193c565b604080515f80825260208201909252600f60f81b9b939a50919850469750309650945092509050565b5f610b63611570565b610b6c856115a7565b90506001600160a01b037f00000000000000000000000000000000000000000000000000000000000000001663ef55bec6610baf6101608801610140890161250a565b3060a08901355f610bc86102008c016101e08d0161289e565b6040516001600160e01b031960e088901b1681526001600160a01b039586166004820152949093166024850152604484019190915260648301526001600160401b0316608482015260a4810184905260ff871660c482015260e481018690526101048101859052610124015f604051808303815f87803b158015610c4a575f5ffd5b505af1158015610c5c573d5f5f3e3d5ffd5b50505050610c68611862565b949350505050565b610c78611570565b5f610c8b610564368490038401846127fb565b5f818152600360209081526040808320815160a08101835281546001600160801b038116825264ffffffffff600160801b8204811695830195909552600160a81b81049094169281019290925261ffff600160d01b8404166060830152939450919290608083019060ff600160e01b909104166004811115610d0f57610d0f6125e9565b6004811115610d2057610d206125e9565b9052509050600181608001516004811115610d3d57610d3d6125e9565b14610d6257608081015160405163276065d160e21b815261042e9184916004016127ac565b806040015164ffffffffff16421015610d9d576040808201519051630a8d68c960e21b815264ffffffffff909116600482015260240161042e565b610da98282855f611967565b5050610db3611862565b50565b610dbe611570565b5f610dc98585611158565b5f818152600360209081526040808320815160a08101835281546001600160801b038116825264ffffffffff600160801b8204811695830195909552600160a81b81049094169281019290925261ffff600160d01b8404166060830152939450919290608083019060ff600160e01b909104166004811115610e4d57610e4d6125e9565b6004811115610e5e57610e5e6125e9565b9052509050600181608001516004811115610e7b57610e7b6125e9565b14158015610eb55750600281608001516004811115610e9c57610e9c6125e9565b148015610eb35750806040015164ffffffffff1642105b155b15610eda57608081015160405163276065d160e21b815261042e9184916004016127ac565b8460600135610ee8856111ae565b14610f065760405163044eaa7d60e01b815260040160405180910390fd5b8460400135610f14846111ae565b14610f315760405162a411ed60e81b815260040160405180910390fd5b6040515f90610f50908690883590602001918252602082015260400190565b60405160208183030381529060405280519060200120841890508560200135610f78826111ae565b03610f96576040516305f3f19f60e11b815260040160405180910390fd5b610fa38383896001611967565b505050610fae611862565b50505050565b6002546001600160a01b03163314610fe157604051632756308960e11b815233600482015260240161042e565b6001600160a01b03811661100857604051639c707f9560e01b815260040160405180910390fd5b600280546001600160a01b0319166001600160a01b0383169081179091556040517fc714d22a2f08b695f81e7c707058db484aa5b4d6b4c9fd64beb10fe85832f608905f90a250565b611059611570565b6001600160a01b0382165f9081526006602052604090205481158061107d57508082115b156110b457604051630ca6330960e21b81526001600160a01b0384166004820152602481018390526044810182905260640161042e565b6110be82826128cf565b6001600160a01b0384165f81815260066020526040908190209290925590517f7084f5476618d8e60b11ef0d7d3f06914655adb8793e28ff7f018d4c76d505d59061110c9085815260200190565b60405180910390a261114b83837f00000000000000000000000000000000000000000000000000000000000000005b6001600160a01b03169190611a7a565b50611154611862565b5050565b5f61117061116b36849003840184612930565b611ab4565b83608001351461119357604051633156e30360e21b815260040160405180910390fd5b6111a5610564368590038501856127fb565b90505b92915050565b5f816040516020016111c291815260200190565b604051602081830303815290604052805190602001209050919050565b604080517f7c133008ec164b5916a737aa955b4f9ac25552453279fe72d5d4fbe9c433a49960208083019190915283516001600160a01b039081168385015290840151811660608084019190915292840151166080808301919091529183015160a08201529082015160c08201525f906111a89060e001610947565b5f600182608001516004811115611274576112746125e9565b141580156112985750600282608001516004811115611295576112956125e9565b14155b156112a557506001611385565b602082015164ffffffffff166112c160c0860160a0870161289e565b6001600160401b031610806112ed5750426112e260c0860160a0870161289e565b6001600160401b0316115b156112fa57506002611385565b5f6113587f52d159b5c9e698f09ba13f021cb8af3cab222fa980c7030d6807cd16124a41a98561133060c0890160a08a0161289e565b6040805160208101949094528301919091526001600160401b03166060820152608001610947565b90506113728160c087016109766060890160408a0161250a565b611380576003915050611385565b5f9150505b9392505050565b5f6127106101f4855f01516001600160801b03166113aa919061299e565b6113b491906129b5565b90505f81855f01516001600160801b03166113cf91906128cf565b90505f856060015161ffff16620151806113e9919061299e565b6113f390856127d4565b5f8881526003602090815260408220805460ff60e01b1916600360e01b1790559192508291600491906114879061142c908a018a61250a565b60608a013561144160408c0160208d0161250a565b604080516001600160a01b03808616602083015291810184905290821660608201525f906080016040516020818303038152906040528051906020012090509392505050565b81526020019081526020015f205f6101000a81548164ffffffffff021916908364ffffffffff1602179055508160065f875f0160208101906114c9919061250a565b6001600160a01b03166001600160a01b031681526020019081526020015f205f8282546114f691906127d4565b909155506115099050602086018661250a565b6001600160a01b0316877fddd6c2e615e52c2a103e134f765dd8eb404d017ecfee8d212eb6545bf37250c584868560405161155e93929190928352602083019190915264ffffffffff16604082015260600190565b60405180910390a35050949350505050565b611578611ae8565b6115a560017f9b779b17422d0df92223018b32b4d1fa46e071723d6817e2486d003becc55f005b90611b28565b565b5f8161014081016115b88282611b2f565b5f6115db6115c9602085018561250a565b6040850135611441602086018661250a565b5f8181526004602052604090205490915064ffffffffff16421161162c575f818152600460208190526040918290205491516303eb20b960e61b815264ffffffffff9092169082015260240161042e565b5f7f101be3027174a23dd41fe56bb805f48064ea985ad03ec34e876cb42f31098de7846040516020016116609291906129d4565b6040516020818303038152906040528051906020012090506116966116848261188c565b6101008801610976602088018861250a565b6116b35760405163954095ab60e01b815260040160405180910390fd5b5f60405180608001604052806116c98487611e63565b815260200186608001358152602001886102200135815260200188610240013581525090506117746040518060a00160405280875f01602081019061170e919061250a565b6001600160a01b0316815260209081019061172b9088018861250a565b6001600160a01b0316815260200186602001602081019061174c919061250a565b6001600160a01b031681526020018760400135815260200161176d84611ab4565b90526111df565b955061178f8661026089016109766040890160208a0161250a565b6117ac57604051634ea30d5f60e01b815260040160405180910390fd5b5f5f87815260036020526040902054600160e01b900460ff1660048111156117d6576117d66125e9565b146117f75760405163d659f4ab60e01b81526004810187905260240161042e565b5f838152600460205260409020805464ffffffffff191664ffffffffff179055611822868883611ef3565b5050505050919050565b61183a8484848460016120cb565b610fae57604051635274afe760e01b81526001600160a01b038516600482015260240161042e565b6115a55f7f9b779b17422d0df92223018b32b4d1fa46e071723d6817e2486d003becc55f0061159f565b5f6111a8611898612138565b8360405161190160f01b8152600281019290925260228201526042902090565b5f80806118cb8585356020870135612261565b5090925090505f8160038111156118e4576118e46125e9565b1480156119025750856001600160a01b0316826001600160a01b0316145b9695505050505050565b60606119377f0000000000000000000000000000000000000000000000000000000000000000612293565b905090565b60606119377f0000000000000000000000000000000000000000000000000000000000000000612293565b5f84815260036020526040902080546004919060ff60e01b1916600160e01b83021790555060045f6119b461199f602086018661250a565b6060860135611441604088016020890161250a565b815260208082019290925260409081015f20805464ffffffffff191690556119e19190840190840161250a565b8351604080516001600160801b03909216825283151560208301526001600160a01b03929092169186917f8ac47d4bdd3fa1fab8834191ce35e61007afbcea635af78bcc745b016649d8cc910160405180910390a3610fae611a49604084016020850161250a565b84516001600160801b03167f000000000000000000000000000000000000000000000000000000000000000061113b565b611a8783838360016122d0565b611aaf57604051635274afe760e01b81526001600160a01b038416600482015260240161042e565b505050565b5f7f4656217455f81c2a345e89eba5e4ceadc4e0b6ddbff8a1f3dee8c9bb463516d3826040516020016111c2929190612a7e565b7f9b779b17422d0df92223018b32b4d1fa46e071723d6817e2486d003becc55f005c156115a557604051633ee5aeb560e01b815260040160405180910390fd5b80825d5050565b60a08201351580611b4a57506001600160801b0360a0830135115b15611b6e5760405163145a3a7d60e01b815260a0830135600482015260240161042e565b611b7e6080820160608301612ac6565b63ffffffff161580611ba6575061016d611b9e6080830160608401612ac6565b63ffffffff16115b15611bdd57611bbb6080820160608301612ac6565b6040516301aa2d4f60e21b815263ffffffff909116600482015260240161042e565b610e10611bf060a0830160808401612ac6565b63ffffffff161080611c19575062093a80611c1160a0830160808401612ac6565b63ffffffff16115b15611c5057611c2e60a0820160808301612ac6565b604051638045cecd60e01b815263ffffffff909116600482015260240161042e565b5f611c61604083016020840161250a565b6001600160a01b031603611c8857604051631c5eaad360e11b815260040160405180910390fd5b611c95602082018261250a565b6001600160a01b0316611cab602084018461250a565b6001600160a01b031603611ceb57611cc6602083018361250a565b604051634f50f51560e01b81526001600160a01b03909116600482015260240161042e565b611cfc610100830160e0840161289e565b6001600160401b0316421115611d4257611d1d610100830160e0840161289e565b604051635eae19a760e11b81526001600160401b03909116600482015260240161042e565b611d5260c0820160a0830161289e565b6001600160401b031642101580611d87575065010000000000611d7b60c0830160a0840161289e565b6001600160401b031610155b15611dc157611d9c60c0820160a0830161289e565b60405163348f2b4160e11b81526001600160401b03909116600482015260240161042e565b5f600581611dd2602086018661250a565b6001600160a01b0316815260208082019290925260409081015f9081208683013582529092529020546001600160401b0316905080611e1760e0850160c0860161289e565b6001600160401b03161015611aaf57611e3660e0840160c0850161289e565b6040516301395c0360e21b81526001600160401b039182166004820152908216602482015260440161042e565b5f5f7ff5eb890ca39c58a3f2ab929fd7fdca9ea5dd5fad467b8ff4eadeaf9f0e3c754d83604051602001611e98929190612adf565b60408051601f1981840301815282825280516020918201207ff13ac65d762d4aaa9f29199fd324db50764e2aaa4586df6886be0918db5e42c691840191909152908201869052606082018190529150610c6890608001610947565b6040805160a080820183528401356001600160801b031681524264ffffffffff1660208201525f918101611f2f6101e086016101c08701612ac6565b611f3f9063ffffffff16426127d4565b64ffffffffff168152602001611f5d6101c086016101a08701612ac6565b61ffff168152602001600190525f85815260036020908152604091829020835181549285015193850151606086015161ffff16600160d01b0261ffff60d01b1964ffffffffff928316600160a81b021666ffffffffffffff60a81b1992909616600160801b026001600160a81b03199095166001600160801b0390931692909217939093179290921692909217178082556080830151929350839290829060ff60e01b1916600160e01b836004811115612019576120196125e9565b02179055506120339150506101608401610140850161250a565b6001600160a01b0316612049602085018561250a565b6001600160a01b0316857f91d714dcde9188cf1c55910e0e2f9639b79d604da75183b203fe3b9432704a936120866101808801610160890161250a565b855160408901359088906120a060e08c0160c08d0161289e565b89604001518a606001516040516120bd9796959493929190612b82565b60405180910390a450505050565b6040516323b872dd60e01b5f8181526001600160a01b038781166004528616602452604485905291602083606481808c5af1925060015f5114831661212757838315161561211b573d5f823e3d81fd5b5f883b113d1516831692505b604052505f60605295945050505050565b5f306001600160a01b037f00000000000000000000000000000000000000000000000000000000000000001614801561219057507f000000000000000000000000000000000000000000000000000000000000000046145b156121ba57507f000000000000000000000000000000000000000000000000000000000000000090565b611937604080517f8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f60208201527f0000000000000000000000000000000000000000000000000000000000000000918101919091527f000000000000000000000000000000000000000000000000000000000000000060608201524660808201523060a08201525f9060c00160405160208183030381529060405280519060200120905090565b5f80806001600160ff1b038416601b60ff86901c0161228288828985612332565b945094509450505093509350939050565b60605f61229f836123fa565b6040805160208082528183019092529192505f91906020820181803683375050509182525060208101929092525090565b60405163a9059cbb60e01b5f8181526001600160a01b038616600452602485905291602083604481808b5af1925060015f5114831661232657838315161561231a573d5f823e3d81fd5b5f873b113d1516831692505b60405250949350505050565b5f80807f7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a084111561236b57505f915060039050826123f0565b604080515f808252602082018084528a905260ff891692820192909252606081018790526080810186905260019060a0016020604051602081039080840390855afa1580156123bc573d5f5f3e3d5ffd5b5050604051601f1901519150506001600160a01b0381166123e757505f9250600191508290506123f0565b92505f91508190505b9450945094915050565b5f60ff8216601f8111156111a857604051632cd44ac360e21b815260040160405180910390fd5b5f60a08284031215612431575f5ffd5b50919050565b5f60808284031215612431575f5ffd5b5f5f5f610140848603121561245a575f5ffd5b6124648585612421565b92506124738560a08601612437565b92959294505050610120919091013590565b5f5f60208385031215612496575f5ffd5b82356001600160401b038111156124ab575f5ffd5b8301601f810185136124bb575f5ffd5b80356001600160401b038111156124d0575f5ffd5b8560208260081b84010111156124e4575f5ffd5b6020919091019590945092505050565b80356001600160a01b0381168114610792575f5ffd5b5f6020828403121561251a575f5ffd5b6111a5826124f4565b5f5f60408385031215612534575f5ffd5b61253d836124f4565b946020939093013593505050565b5f6102a08284031215612431575f5ffd5b5f6102a0828403121561256d575f5ffd5b6111a5838361254b565b5f60a08284031215612587575f5ffd5b6111a58383612421565b5f602082840312156125a1575f5ffd5b5035919050565b5f5f82840360a08112156125ba575f5ffd5b60608112156125c7575f5ffd5b8392506040605f19820112156125db575f5ffd5b506060830190509250929050565b634e487b7160e01b5f52602160045260245ffd5b6005811061261957634e487b7160e01b5f52602160045260245ffd5b9052565b6001600160801b038616815264ffffffffff85811660208301528416604082015261ffff8316606082015260a0810161190260808301846125fd565b5f81518084528060208401602086015e5f602082860101526020601f19601f83011685010191505092915050565b60ff60f81b8816815260e060208201525f6126a560e0830189612659565b82810360408401526126b78189612659565b606084018890526001600160a01b038716608085015260a0840186905283810360c0850152845180825260208087019350909101905f5b8181101561270c5783518352602093840193909201916001016126ee565b50909b9a5050505050505050505050565b5f5f5f5f6103008587031215612731575f5ffd5b61273b868661254b565b93506102a085013560ff81168114612751575f5ffd5b93969395505050506102c0820135916102e0013590565b5f5f5f5f610160858703121561277c575f5ffd5b6127868686612421565b93506127958660a08701612437565b939693955050505061012082013591610140013590565b8281526040810161138560208301846125fd565b634e487b7160e01b5f52601160045260245ffd5b808201808211156111a8576111a86127c0565b634e487b7160e01b5f52603260045260245ffd5b5f60a082840312801561280c575f5ffd5b5060405160a081016001600160401b038111828210171561283b57634e487b7160e01b5f52604160045260245ffd5b604052612847836124f4565b8152612855602084016124f4565b6020820152612866604084016124f4565b6040820152606083810135908201526080928301359281019290925250919050565b80356001600160401b0381168114610792575f5ffd5b5f602082840312156128ae575f5ffd5b6111a582612888565b5f600182016128c8576128c86127c0565b5060010190565b818103818111156111a8576111a86127c0565b828152608081016001600160a01b036128fa846124f4565b1660208301525f60208401359050806040840152506001600160401b0361292360408501612888565b1660608301529392505050565b5f6080828403128015612941575f5ffd5b50604051608081016001600160401b038111828210171561297057634e487b7160e01b5f52604160045260245ffd5b6040908152833582526020808501359083015283810135908201526060928301359281019290925250919050565b80820281158282048414176111a8576111a86127c0565b5f826129cf57634e487b7160e01b5f52601260045260245ffd5b500490565b82815261012081016001600160a01b036129ed846124f4565b16602083015260018060a01b03612a06602085016124f4565b1660408381019190915283013560608084019190915283013560808084019190915283013560a08084019190915283013560c0808401919091526001600160401b0390612a54908501612888565b1660e0830152612a6660e08401612888565b6001600160401b038116610100840152509392505050565b82815260a081016113856020830184805182526020810151602083015260408101516040830152606081015160608301525050565b803563ffffffff81168114610792575f5ffd5b5f60208284031215612ad6575f5ffd5b6111a582612ab3565b82815261010081016001600160a01b03612af8846124f4565b16602083015260018060a01b03612b11602085016124f4565b1660408301525f604084013590508060608401525063ffffffff612b3760608501612ab3565b16608083015263ffffffff612b4e60808501612ab3565b1660a08301526001600160401b03612b6860a08501612888565b1660c083810191909152929092013560e090910152919050565b6001600160a01b0388168152602081018790526101408101612bc86040830188805182526020810151602083015260408101516040830152606081015160608301525050565b6001600160801b03861660c08301526001600160401b03851660e083015264ffffffffff841661010083015261ffff83166101208301529897505050505050505056",
}

// Market is an auto generated Go binding around an Ethereum contract.
type Market struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *Market) GetABI() abi.ABI {
	return c.abi
}

// NewMarket creates a new instance of Market.
func NewMarket() *Market {
	parsed, err := MarketMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &Market{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *Market) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackConstructor is the Go binding used to pack the parameters required for
// contract deployment.
//
// Solidity: constructor(address token, address treasury_) returns()
func (market *Market) PackConstructor(token common.Address, treasury_ common.Address) []byte {
	enc, err := market.abi.Pack("", token, treasury_)
	if err != nil {
		panic(err)
	}
	return enc
}

// PackDISPUTEWINDOW is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf585dc57.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function DISPUTE_WINDOW() view returns(uint256)
func (market *Market) PackDISPUTEWINDOW() []byte {
	enc, err := market.abi.Pack("DISPUTE_WINDOW")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDISPUTEWINDOW is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf585dc57.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function DISPUTE_WINDOW() view returns(uint256)
func (market *Market) TryPackDISPUTEWINDOW() ([]byte, error) {
	return market.abi.Pack("DISPUTE_WINDOW")
}

// UnpackDISPUTEWINDOW is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xf585dc57.
//
// Solidity: function DISPUTE_WINDOW() view returns(uint256)
func (market *Market) UnpackDISPUTEWINDOW(data []byte) (*big.Int, error) {
	out, err := market.abi.Unpack("DISPUTE_WINDOW", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackFEEBPS is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xbf333f2c.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function FEE_BPS() view returns(uint256)
func (market *Market) PackFEEBPS() []byte {
	enc, err := market.abi.Pack("FEE_BPS")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackFEEBPS is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xbf333f2c.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function FEE_BPS() view returns(uint256)
func (market *Market) TryPackFEEBPS() ([]byte, error) {
	return market.abi.Pack("FEE_BPS")
}

// UnpackFEEBPS is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xbf333f2c.
//
// Solidity: function FEE_BPS() view returns(uint256)
func (market *Market) UnpackFEEBPS(data []byte) (*big.Int, error) {
	out, err := market.abi.Unpack("FEE_BPS", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackMAXWINDOW is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xdeb96634.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function MAX_WINDOW() view returns(uint256)
func (market *Market) PackMAXWINDOW() []byte {
	enc, err := market.abi.Pack("MAX_WINDOW")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackMAXWINDOW is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xdeb96634.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function MAX_WINDOW() view returns(uint256)
func (market *Market) TryPackMAXWINDOW() ([]byte, error) {
	return market.abi.Pack("MAX_WINDOW")
}

// UnpackMAXWINDOW is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xdeb96634.
//
// Solidity: function MAX_WINDOW() view returns(uint256)
func (market *Market) UnpackMAXWINDOW(data []byte) (*big.Int, error) {
	out, err := market.abi.Unpack("MAX_WINDOW", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackMINWINDOW is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x52b65c4b.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function MIN_WINDOW() view returns(uint256)
func (market *Market) PackMINWINDOW() []byte {
	enc, err := market.abi.Pack("MIN_WINDOW")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackMINWINDOW is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x52b65c4b.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function MIN_WINDOW() view returns(uint256)
func (market *Market) TryPackMINWINDOW() ([]byte, error) {
	return market.abi.Pack("MIN_WINDOW")
}

// UnpackMINWINDOW is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x52b65c4b.
//
// Solidity: function MIN_WINDOW() view returns(uint256)
func (market *Market) UnpackMINWINDOW(data []byte) (*big.Int, error) {
	out, err := market.abi.Unpack("MIN_WINDOW", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackPENDING is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x2609e5f4.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function PENDING() view returns(uint40)
func (market *Market) PackPENDING() []byte {
	enc, err := market.abi.Pack("PENDING")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPENDING is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x2609e5f4.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function PENDING() view returns(uint40)
func (market *Market) TryPackPENDING() ([]byte, error) {
	return market.abi.Pack("PENDING")
}

// UnpackPENDING is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x2609e5f4.
//
// Solidity: function PENDING() view returns(uint40)
func (market *Market) UnpackPENDING(data []byte) (*big.Int, error) {
	out, err := market.abi.Unpack("PENDING", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackTOKEN is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x82bfefc8.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function TOKEN() view returns(address)
func (market *Market) PackTOKEN() []byte {
	enc, err := market.abi.Pack("TOKEN")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackTOKEN is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x82bfefc8.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function TOKEN() view returns(address)
func (market *Market) TryPackTOKEN() ([]byte, error) {
	return market.abi.Pack("TOKEN")
}

// UnpackTOKEN is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x82bfefc8.
//
// Solidity: function TOKEN() view returns(address)
func (market *Market) UnpackTOKEN(data []byte) (common.Address, error) {
	out, err := market.abi.Unpack("TOKEN", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackAccess is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6d43c4c9.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function access(bytes32 key) view returns(uint40 until)
func (market *Market) PackAccess(key [32]byte) []byte {
	enc, err := market.abi.Pack("access", key)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackAccess is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6d43c4c9.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function access(bytes32 key) view returns(uint40 until)
func (market *Market) TryPackAccess(key [32]byte) ([]byte, error) {
	return market.abi.Pack("access", key)
}

// UnpackAccess is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x6d43c4c9.
//
// Solidity: function access(bytes32 key) view returns(uint40 until)
func (market *Market) UnpackAccess(data []byte) (*big.Int, error) {
	out, err := market.abi.Unpack("access", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackBalances is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x27e235e3.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function balances(address account) view returns(uint256)
func (market *Market) PackBalances(account common.Address) []byte {
	enc, err := market.abi.Pack("balances", account)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackBalances is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x27e235e3.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function balances(address account) view returns(uint256)
func (market *Market) TryPackBalances(account common.Address) ([]byte, error) {
	return market.abi.Pack("balances", account)
}

// UnpackBalances is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x27e235e3.
//
// Solidity: function balances(address account) view returns(uint256)
func (market *Market) UnpackBalances(data []byte) (*big.Int, error) {
	out, err := market.abi.Unpack("balances", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackDispute is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xdb9ded0c.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function dispute((address,address,address,bytes32,bytes32) deal, (bytes32,bytes32,bytes32,bytes32) delivery, bytes32 opener, bytes32 sealedKey) returns()
func (market *Market) PackDispute(deal Deal, delivery Delivery, opener [32]byte, sealedKey [32]byte) []byte {
	enc, err := market.abi.Pack("dispute", deal, delivery, opener, sealedKey)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDispute is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xdb9ded0c.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function dispute((address,address,address,bytes32,bytes32) deal, (bytes32,bytes32,bytes32,bytes32) delivery, bytes32 opener, bytes32 sealedKey) returns()
func (market *Market) TryPackDispute(deal Deal, delivery Delivery, opener [32]byte, sealedKey [32]byte) ([]byte, error) {
	return market.abi.Pack("dispute", deal, delivery, opener, sealedKey)
}

// PackEip712Domain is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x84b0196e.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function eip712Domain() view returns(bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] extensions)
func (market *Market) PackEip712Domain() []byte {
	enc, err := market.abi.Pack("eip712Domain")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackEip712Domain is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x84b0196e.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function eip712Domain() view returns(bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] extensions)
func (market *Market) TryPackEip712Domain() ([]byte, error) {
	return market.abi.Pack("eip712Domain")
}

// Eip712DomainOutput serves as a container for the return parameters of contract
// method Eip712Domain.
type Eip712DomainOutput struct {
	Fields            [1]byte
	Name              string
	Version           string
	ChainId           *big.Int
	VerifyingContract common.Address
	Salt              [32]byte
	Extensions        []*big.Int
}

// UnpackEip712Domain is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x84b0196e.
//
// Solidity: function eip712Domain() view returns(bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] extensions)
func (market *Market) UnpackEip712Domain(data []byte) (Eip712DomainOutput, error) {
	out, err := market.abi.Unpack("eip712Domain", data)
	outstruct := new(Eip712DomainOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.Fields = *abi.ConvertType(out[0], new([1]byte)).(*[1]byte)
	outstruct.Name = *abi.ConvertType(out[1], new(string)).(*string)
	outstruct.Version = *abi.ConvertType(out[2], new(string)).(*string)
	outstruct.ChainId = abi.ConvertType(out[3], new(big.Int)).(*big.Int)
	outstruct.VerifyingContract = *abi.ConvertType(out[4], new(common.Address)).(*common.Address)
	outstruct.Salt = *abi.ConvertType(out[5], new([32]byte)).(*[32]byte)
	outstruct.Extensions = *abi.ConvertType(out[6], new([]*big.Int)).(*[]*big.Int)
	return *outstruct, nil
}

// PackFinalize is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x49fee95b.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function finalize((address,address,address,bytes32,bytes32) deal) returns()
func (market *Market) PackFinalize(deal Deal) []byte {
	enc, err := market.abi.Pack("finalize", deal)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackFinalize is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x49fee95b.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function finalize((address,address,address,bytes32,bytes32) deal) returns()
func (market *Market) TryPackFinalize(deal Deal) ([]byte, error) {
	return market.abi.Pack("finalize", deal)
}

// PackMinVersion is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x2859fcbd.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function minVersion(address seller, bytes32 listing) view returns(uint64)
func (market *Market) PackMinVersion(seller common.Address, listing [32]byte) []byte {
	enc, err := market.abi.Pack("minVersion", seller, listing)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackMinVersion is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x2859fcbd.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function minVersion(address seller, bytes32 listing) view returns(uint64)
func (market *Market) TryPackMinVersion(seller common.Address, listing [32]byte) ([]byte, error) {
	return market.abi.Pack("minVersion", seller, listing)
}

// UnpackMinVersion is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x2859fcbd.
//
// Solidity: function minVersion(address seller, bytes32 listing) view returns(uint64)
func (market *Market) UnpackMinVersion(data []byte) (uint64, error) {
	out, err := market.abi.Unpack("minVersion", data)
	if err != nil {
		return *new(uint64), err
	}
	out0 := *abi.ConvertType(out[0], new(uint64)).(*uint64)
	return out0, nil
}

// PackPurchase is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa17f2481.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function purchase(((address,address,bytes32,bytes32,bytes32,uint256,uint64,uint64),(bytes32,bytes32),(address,address,bytes32,uint32,uint32,uint64,bytes32),bytes32,bytes32,(bytes32,bytes32)) sale, uint8 v, bytes32 r, bytes32 s) returns(bytes32 id)
func (market *Market) PackPurchase(sale Sale, v uint8, r [32]byte, s [32]byte) []byte {
	enc, err := market.abi.Pack("purchase", sale, v, r, s)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPurchase is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa17f2481.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function purchase(((address,address,bytes32,bytes32,bytes32,uint256,uint64,uint64),(bytes32,bytes32),(address,address,bytes32,uint32,uint32,uint64,bytes32),bytes32,bytes32,(bytes32,bytes32)) sale, uint8 v, bytes32 r, bytes32 s) returns(bytes32 id)
func (market *Market) TryPackPurchase(sale Sale, v uint8, r [32]byte, s [32]byte) ([]byte, error) {
	return market.abi.Pack("purchase", sale, v, r, s)
}

// UnpackPurchase is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xa17f2481.
//
// Solidity: function purchase(((address,address,bytes32,bytes32,bytes32,uint256,uint64,uint64),(bytes32,bytes32),(address,address,bytes32,uint32,uint32,uint64,bytes32),bytes32,bytes32,(bytes32,bytes32)) sale, uint8 v, bytes32 r, bytes32 s) returns(bytes32 id)
func (market *Market) UnpackPurchase(data []byte) ([32]byte, error) {
	out, err := market.abi.Unpack("purchase", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackPurchaseDirect is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x2a020b1b.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function purchaseDirect(((address,address,bytes32,bytes32,bytes32,uint256,uint64,uint64),(bytes32,bytes32),(address,address,bytes32,uint32,uint32,uint64,bytes32),bytes32,bytes32,(bytes32,bytes32)) sale) returns(bytes32 id)
func (market *Market) PackPurchaseDirect(sale Sale) []byte {
	enc, err := market.abi.Pack("purchaseDirect", sale)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPurchaseDirect is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x2a020b1b.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function purchaseDirect(((address,address,bytes32,bytes32,bytes32,uint256,uint64,uint64),(bytes32,bytes32),(address,address,bytes32,uint32,uint32,uint64,bytes32),bytes32,bytes32,(bytes32,bytes32)) sale) returns(bytes32 id)
func (market *Market) TryPackPurchaseDirect(sale Sale) ([]byte, error) {
	return market.abi.Pack("purchaseDirect", sale)
}

// UnpackPurchaseDirect is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x2a020b1b.
//
// Solidity: function purchaseDirect(((address,address,bytes32,bytes32,bytes32,uint256,uint64,uint64),(bytes32,bytes32),(address,address,bytes32,uint32,uint32,uint64,bytes32),bytes32,bytes32,(bytes32,bytes32)) sale) returns(bytes32 id)
func (market *Market) UnpackPurchaseDirect(data []byte) ([32]byte, error) {
	out, err := market.abi.Unpack("purchaseDirect", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackPurchases is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x7ab8dbe9.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function purchases(bytes32 id) view returns(uint128 price, uint40 boughtAt, uint40 deadline, uint16 accessDays, uint8 status)
func (market *Market) PackPurchases(id [32]byte) []byte {
	enc, err := market.abi.Pack("purchases", id)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPurchases is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x7ab8dbe9.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function purchases(bytes32 id) view returns(uint128 price, uint40 boughtAt, uint40 deadline, uint16 accessDays, uint8 status)
func (market *Market) TryPackPurchases(id [32]byte) ([]byte, error) {
	return market.abi.Pack("purchases", id)
}

// PurchasesOutput serves as a container for the return parameters of contract
// method Purchases.
type PurchasesOutput struct {
	Price      *big.Int
	BoughtAt   *big.Int
	Deadline   *big.Int
	AccessDays uint16
	Status     uint8
}

// UnpackPurchases is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x7ab8dbe9.
//
// Solidity: function purchases(bytes32 id) view returns(uint128 price, uint40 boughtAt, uint40 deadline, uint16 accessDays, uint8 status)
func (market *Market) UnpackPurchases(data []byte) (PurchasesOutput, error) {
	out, err := market.abi.Unpack("purchases", data)
	outstruct := new(PurchasesOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.Price = abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	outstruct.BoughtAt = abi.ConvertType(out[1], new(big.Int)).(*big.Int)
	outstruct.Deadline = abi.ConvertType(out[2], new(big.Int)).(*big.Int)
	outstruct.AccessDays = *abi.ConvertType(out[3], new(uint16)).(*uint16)
	outstruct.Status = *abi.ConvertType(out[4], new(uint8)).(*uint8)
	return *outstruct, nil
}

// PackRefund is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc81c323c.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function refund((address,address,address,bytes32,bytes32) deal) returns()
func (market *Market) PackRefund(deal Deal) []byte {
	enc, err := market.abi.Pack("refund", deal)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRefund is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc81c323c.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function refund((address,address,address,bytes32,bytes32) deal) returns()
func (market *Market) TryPackRefund(deal Deal) ([]byte, error) {
	return market.abi.Pack("refund", deal)
}

// PackRetire is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x74448152.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function retire((address,bytes32,uint64) retirement, (bytes32,bytes32) sig) returns()
func (market *Market) PackRetire(retirement Retire, sig Sig) []byte {
	enc, err := market.abi.Pack("retire", retirement, sig)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRetire is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x74448152.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function retire((address,bytes32,uint64) retirement, (bytes32,bytes32) sig) returns()
func (market *Market) TryPackRetire(retirement Retire, sig Sig) ([]byte, error) {
	return market.abi.Pack("retire", retirement, sig)
}

// PackReveal is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0e1dc9b4.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function reveal((address,address,address,bytes32,bytes32) deal, (bytes32,bytes32,bytes32,bytes32) delivery, bytes32 opener) returns()
func (market *Market) PackReveal(deal Deal, delivery Delivery, opener [32]byte) []byte {
	enc, err := market.abi.Pack("reveal", deal, delivery, opener)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackReveal is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0e1dc9b4.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function reveal((address,address,address,bytes32,bytes32) deal, (bytes32,bytes32,bytes32,bytes32) delivery, bytes32 opener) returns()
func (market *Market) TryPackReveal(deal Deal, delivery Delivery, opener [32]byte) ([]byte, error) {
	return market.abi.Pack("reveal", deal, delivery, opener)
}

// PackSetTreasury is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf0f44260.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setTreasury(address treasury_) returns()
func (market *Market) PackSetTreasury(treasury common.Address) []byte {
	enc, err := market.abi.Pack("setTreasury", treasury)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetTreasury is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf0f44260.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setTreasury(address treasury_) returns()
func (market *Market) TryPackSetTreasury(treasury common.Address) ([]byte, error) {
	return market.abi.Pack("setTreasury", treasury)
}

// PackSettle is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x14be7520.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function settle(((address,address,address,bytes32,bytes32),uint64,(bytes32,bytes32))[] receipts) returns()
func (market *Market) PackSettle(receipts []SignedReceipt) []byte {
	enc, err := market.abi.Pack("settle", receipts)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSettle is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x14be7520.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function settle(((address,address,address,bytes32,bytes32),uint64,(bytes32,bytes32))[] receipts) returns()
func (market *Market) TryPackSettle(receipts []SignedReceipt) ([]byte, error) {
	return market.abi.Pack("settle", receipts)
}

// PackTreasury is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x61d027b3.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function treasury() view returns(address)
func (market *Market) PackTreasury() []byte {
	enc, err := market.abi.Pack("treasury")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackTreasury is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x61d027b3.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function treasury() view returns(address)
func (market *Market) TryPackTreasury() ([]byte, error) {
	return market.abi.Pack("treasury")
}

// UnpackTreasury is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x61d027b3.
//
// Solidity: function treasury() view returns(address)
func (market *Market) UnpackTreasury(data []byte) (common.Address, error) {
	out, err := market.abi.Unpack("treasury", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackWithdraw is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf3fef3a3.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function withdraw(address account, uint256 amount) returns()
func (market *Market) PackWithdraw(account common.Address, amount *big.Int) []byte {
	enc, err := market.abi.Pack("withdraw", account, amount)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackWithdraw is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf3fef3a3.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function withdraw(address account, uint256 amount) returns()
func (market *Market) TryPackWithdraw(account common.Address, amount *big.Int) ([]byte, error) {
	return market.abi.Pack("withdraw", account, amount)
}

// MarketEIP712DomainChanged represents a EIP712DomainChanged event raised by the Market contract.
type MarketEIP712DomainChanged struct {
	Raw *types.Log // Blockchain specific contextual infos
}

const MarketEIP712DomainChangedEventName = "EIP712DomainChanged"

// ContractEventName returns the user-defined event name.
func (MarketEIP712DomainChanged) ContractEventName() string {
	return MarketEIP712DomainChangedEventName
}

// UnpackEIP712DomainChangedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event EIP712DomainChanged()
func (market *Market) UnpackEIP712DomainChangedEvent(log *types.Log) (*MarketEIP712DomainChanged, error) {
	event := "EIP712DomainChanged"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != market.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(MarketEIP712DomainChanged)
	if len(log.Data) > 0 {
		if err := market.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range market.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// MarketPurchased represents a Purchased event raised by the Market contract.
type MarketPurchased struct {
	Purchase   [32]byte
	Seller     common.Address
	Buyer      common.Address
	Delegate   common.Address
	Listing    [32]byte
	Delivery   Delivery
	Price      *big.Int
	Version    uint64
	Deadline   *big.Int
	AccessDays uint16
	Raw        *types.Log // Blockchain specific contextual infos
}

const MarketPurchasedEventName = "Purchased"

// ContractEventName returns the user-defined event name.
func (MarketPurchased) ContractEventName() string {
	return MarketPurchasedEventName
}

// UnpackPurchasedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Purchased(bytes32 indexed purchase, address indexed seller, address indexed buyer, address delegate, bytes32 listing, (bytes32,bytes32,bytes32,bytes32) delivery, uint256 price, uint64 version, uint40 deadline, uint16 accessDays)
func (market *Market) UnpackPurchasedEvent(log *types.Log) (*MarketPurchased, error) {
	event := "Purchased"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != market.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(MarketPurchased)
	if len(log.Data) > 0 {
		if err := market.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range market.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// MarketRefunded represents a Refunded event raised by the Market contract.
type MarketRefunded struct {
	Purchase [32]byte
	Buyer    common.Address
	Amount   *big.Int
	Disputed bool
	Raw      *types.Log // Blockchain specific contextual infos
}

const MarketRefundedEventName = "Refunded"

// ContractEventName returns the user-defined event name.
func (MarketRefunded) ContractEventName() string {
	return MarketRefundedEventName
}

// UnpackRefundedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Refunded(bytes32 indexed purchase, address indexed buyer, uint256 amount, bool disputed)
func (market *Market) UnpackRefundedEvent(log *types.Log) (*MarketRefunded, error) {
	event := "Refunded"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != market.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(MarketRefunded)
	if len(log.Data) > 0 {
		if err := market.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range market.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// MarketRetired represents a Retired event raised by the Market contract.
type MarketRetired struct {
	Seller  common.Address
	Listing [32]byte
	Version uint64
	Raw     *types.Log // Blockchain specific contextual infos
}

const MarketRetiredEventName = "Retired"

// ContractEventName returns the user-defined event name.
func (MarketRetired) ContractEventName() string {
	return MarketRetiredEventName
}

// UnpackRetiredEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Retired(address indexed seller, bytes32 indexed listing, uint64 version)
func (market *Market) UnpackRetiredEvent(log *types.Log) (*MarketRetired, error) {
	event := "Retired"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != market.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(MarketRetired)
	if len(log.Data) > 0 {
		if err := market.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range market.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// MarketRevealed represents a Revealed event raised by the Market contract.
type MarketRevealed struct {
	Purchase [32]byte
	Opener   [32]byte
	Deadline *big.Int
	Raw      *types.Log // Blockchain specific contextual infos
}

const MarketRevealedEventName = "Revealed"

// ContractEventName returns the user-defined event name.
func (MarketRevealed) ContractEventName() string {
	return MarketRevealedEventName
}

// UnpackRevealedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Revealed(bytes32 indexed purchase, bytes32 opener, uint40 deadline)
func (market *Market) UnpackRevealedEvent(log *types.Log) (*MarketRevealed, error) {
	event := "Revealed"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != market.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(MarketRevealed)
	if len(log.Data) > 0 {
		if err := market.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range market.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// MarketSettled represents a Settled event raised by the Market contract.
type MarketSettled struct {
	Purchase    [32]byte
	Seller      common.Address
	Amount      *big.Int
	Fee         *big.Int
	AccessUntil *big.Int
	Raw         *types.Log // Blockchain specific contextual infos
}

const MarketSettledEventName = "Settled"

// ContractEventName returns the user-defined event name.
func (MarketSettled) ContractEventName() string {
	return MarketSettledEventName
}

// UnpackSettledEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Settled(bytes32 indexed purchase, address indexed seller, uint256 amount, uint256 fee, uint40 accessUntil)
func (market *Market) UnpackSettledEvent(log *types.Log) (*MarketSettled, error) {
	event := "Settled"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != market.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(MarketSettled)
	if len(log.Data) > 0 {
		if err := market.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range market.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// MarketSkipped represents a Skipped event raised by the Market contract.
type MarketSkipped struct {
	Purchase [32]byte
	Reason   uint8
	Raw      *types.Log // Blockchain specific contextual infos
}

const MarketSkippedEventName = "Skipped"

// ContractEventName returns the user-defined event name.
func (MarketSkipped) ContractEventName() string {
	return MarketSkippedEventName
}

// UnpackSkippedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Skipped(bytes32 indexed purchase, uint8 reason)
func (market *Market) UnpackSkippedEvent(log *types.Log) (*MarketSkipped, error) {
	event := "Skipped"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != market.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(MarketSkipped)
	if len(log.Data) > 0 {
		if err := market.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range market.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// MarketTreasuryChanged represents a TreasuryChanged event raised by the Market contract.
type MarketTreasuryChanged struct {
	Treasury common.Address
	Raw      *types.Log // Blockchain specific contextual infos
}

const MarketTreasuryChangedEventName = "TreasuryChanged"

// ContractEventName returns the user-defined event name.
func (MarketTreasuryChanged) ContractEventName() string {
	return MarketTreasuryChangedEventName
}

// UnpackTreasuryChangedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event TreasuryChanged(address indexed treasury)
func (market *Market) UnpackTreasuryChangedEvent(log *types.Log) (*MarketTreasuryChanged, error) {
	event := "TreasuryChanged"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != market.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(MarketTreasuryChanged)
	if len(log.Data) > 0 {
		if err := market.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range market.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// MarketWithdrawn represents a Withdrawn event raised by the Market contract.
type MarketWithdrawn struct {
	Account common.Address
	Amount  *big.Int
	Raw     *types.Log // Blockchain specific contextual infos
}

const MarketWithdrawnEventName = "Withdrawn"

// ContractEventName returns the user-defined event name.
func (MarketWithdrawn) ContractEventName() string {
	return MarketWithdrawnEventName
}

// UnpackWithdrawnEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Withdrawn(address indexed account, uint256 amount)
func (market *Market) UnpackWithdrawnEvent(log *types.Log) (*MarketWithdrawn, error) {
	event := "Withdrawn"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != market.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(MarketWithdrawn)
	if len(log.Data) > 0 {
		if err := market.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range market.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// UnpackError attempts to decode the provided error data using user-defined
// error definitions.
func (market *Market) UnpackError(raw []byte) (any, error) {
	if bytes.Equal(raw[:4], market.abi.Errors["ActiveAccess"].ID.Bytes()[:4]) {
		return market.UnpackActiveAccessError(raw[4:])
	}
	if bytes.Equal(raw[:4], market.abi.Errors["AlreadyPurchased"].ID.Bytes()[:4]) {
		return market.UnpackAlreadyPurchasedError(raw[4:])
	}
	if bytes.Equal(raw[:4], market.abi.Errors["BadDays"].ID.Bytes()[:4]) {
		return market.UnpackBadDaysError(raw[4:])
	}
	if bytes.Equal(raw[:4], market.abi.Errors["BadOrderSignature"].ID.Bytes()[:4]) {
		return market.UnpackBadOrderSignatureError(raw[4:])
	}
	if bytes.Equal(raw[:4], market.abi.Errors["BadPrice"].ID.Bytes()[:4]) {
		return market.UnpackBadPriceError(raw[4:])
	}
	if bytes.Equal(raw[:4], market.abi.Errors["BadRetireSignature"].ID.Bytes()[:4]) {
		return market.UnpackBadRetireSignatureError(raw[4:])
	}
	if bytes.Equal(raw[:4], market.abi.Errors["BadSealSignature"].ID.Bytes()[:4]) {
		return market.UnpackBadSealSignatureError(raw[4:])
	}
	if bytes.Equal(raw[:4], market.abi.Errors["BadWindow"].ID.Bytes()[:4]) {
		return market.UnpackBadWindowError(raw[4:])
	}
	if bytes.Equal(raw[:4], market.abi.Errors["InvalidShortString"].ID.Bytes()[:4]) {
		return market.UnpackInvalidShortStringError(raw[4:])
	}
	if bytes.Equal(raw[:4], market.abi.Errors["KeyIsRight"].ID.Bytes()[:4]) {
		return market.UnpackKeyIsRightError(raw[4:])
	}
	if bytes.Equal(raw[:4], market.abi.Errors["NotBuyer"].ID.Bytes()[:4]) {
		return market.UnpackNotBuyerError(raw[4:])
	}
	if bytes.Equal(raw[:4], market.abi.Errors["NotNewer"].ID.Bytes()[:4]) {
		return market.UnpackNotNewerError(raw[4:])
	}
	if bytes.Equal(raw[:4], market.abi.Errors["NotTreasury"].ID.Bytes()[:4]) {
		return market.UnpackNotTreasuryError(raw[4:])
	}
	if bytes.Equal(raw[:4], market.abi.Errors["NothingSettled"].ID.Bytes()[:4]) {
		return market.UnpackNothingSettledError(raw[4:])
	}
	if bytes.Equal(raw[:4], market.abi.Errors["NothingToWithdraw"].ID.Bytes()[:4]) {
		return market.UnpackNothingToWithdrawError(raw[4:])
	}
	if bytes.Equal(raw[:4], market.abi.Errors["OrderExpired"].ID.Bytes()[:4]) {
		return market.UnpackOrderExpiredError(raw[4:])
	}
	if bytes.Equal(raw[:4], market.abi.Errors["OwnListing"].ID.Bytes()[:4]) {
		return market.UnpackOwnListingError(raw[4:])
	}
	if bytes.Equal(raw[:4], market.abi.Errors["ReentrancyGuardReentrantCall"].ID.Bytes()[:4]) {
		return market.UnpackReentrancyGuardReentrantCallError(raw[4:])
	}
	if bytes.Equal(raw[:4], market.abi.Errors["SafeERC20FailedOperation"].ID.Bytes()[:4]) {
		return market.UnpackSafeERC20FailedOperationError(raw[4:])
	}
	if bytes.Equal(raw[:4], market.abi.Errors["StringTooLong"].ID.Bytes()[:4]) {
		return market.UnpackStringTooLongError(raw[4:])
	}
	if bytes.Equal(raw[:4], market.abi.Errors["TooEarly"].ID.Bytes()[:4]) {
		return market.UnpackTooEarlyError(raw[4:])
	}
	if bytes.Equal(raw[:4], market.abi.Errors["TooLate"].ID.Bytes()[:4]) {
		return market.UnpackTooLateError(raw[4:])
	}
	if bytes.Equal(raw[:4], market.abi.Errors["VersionRetired"].ID.Bytes()[:4]) {
		return market.UnpackVersionRetiredError(raw[4:])
	}
	if bytes.Equal(raw[:4], market.abi.Errors["WrongDelivery"].ID.Bytes()[:4]) {
		return market.UnpackWrongDeliveryError(raw[4:])
	}
	if bytes.Equal(raw[:4], market.abi.Errors["WrongOpener"].ID.Bytes()[:4]) {
		return market.UnpackWrongOpenerError(raw[4:])
	}
	if bytes.Equal(raw[:4], market.abi.Errors["WrongSealed"].ID.Bytes()[:4]) {
		return market.UnpackWrongSealedError(raw[4:])
	}
	if bytes.Equal(raw[:4], market.abi.Errors["WrongStatus"].ID.Bytes()[:4]) {
		return market.UnpackWrongStatusError(raw[4:])
	}
	if bytes.Equal(raw[:4], market.abi.Errors["ZeroDelegate"].ID.Bytes()[:4]) {
		return market.UnpackZeroDelegateError(raw[4:])
	}
	if bytes.Equal(raw[:4], market.abi.Errors["ZeroToken"].ID.Bytes()[:4]) {
		return market.UnpackZeroTokenError(raw[4:])
	}
	if bytes.Equal(raw[:4], market.abi.Errors["ZeroTreasury"].ID.Bytes()[:4]) {
		return market.UnpackZeroTreasuryError(raw[4:])
	}
	return nil, errors.New("Unknown error")
}

// MarketActiveAccess represents a ActiveAccess error raised by the Market contract.
type MarketActiveAccess struct {
	Until *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ActiveAccess(uint40 until)
func MarketActiveAccessErrorID() common.Hash {
	return common.HexToHash("0xfac82e4043d09d24b73a800c0a90235ce29563665b83f986c474df5d7761cfaa")
}

// UnpackActiveAccessError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ActiveAccess(uint40 until)
func (market *Market) UnpackActiveAccessError(raw []byte) (*MarketActiveAccess, error) {
	out := new(MarketActiveAccess)
	if err := market.abi.UnpackIntoInterface(out, "ActiveAccess", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// MarketAlreadyPurchased represents a AlreadyPurchased error raised by the Market contract.
type MarketAlreadyPurchased struct {
	Purchase [32]byte
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error AlreadyPurchased(bytes32 purchase)
func MarketAlreadyPurchasedErrorID() common.Hash {
	return common.HexToHash("0xd659f4abb366bcd4a11fb6e40c22e1ea8a18ca81f6dd800ff20f1a3b738a9e3c")
}

// UnpackAlreadyPurchasedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error AlreadyPurchased(bytes32 purchase)
func (market *Market) UnpackAlreadyPurchasedError(raw []byte) (*MarketAlreadyPurchased, error) {
	out := new(MarketAlreadyPurchased)
	if err := market.abi.UnpackIntoInterface(out, "AlreadyPurchased", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// MarketBadDays represents a BadDays error raised by the Market contract.
type MarketBadDays struct {
	AccessDays uint32
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error BadDays(uint32 accessDays)
func MarketBadDaysErrorID() common.Hash {
	return common.HexToHash("0x06a8b53c8e3e981900773054497b25a41d81ea74e399cde0ce7592be3dcc8dcf")
}

// UnpackBadDaysError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error BadDays(uint32 accessDays)
func (market *Market) UnpackBadDaysError(raw []byte) (*MarketBadDays, error) {
	out := new(MarketBadDays)
	if err := market.abi.UnpackIntoInterface(out, "BadDays", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// MarketBadOrderSignature represents a BadOrderSignature error raised by the Market contract.
type MarketBadOrderSignature struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error BadOrderSignature()
func MarketBadOrderSignatureErrorID() common.Hash {
	return common.HexToHash("0x954095abc0a546f2f967d1ebc1d5d7dcdcd9e7bcb8d67d2059c275d20c368b11")
}

// UnpackBadOrderSignatureError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error BadOrderSignature()
func (market *Market) UnpackBadOrderSignatureError(raw []byte) (*MarketBadOrderSignature, error) {
	out := new(MarketBadOrderSignature)
	if err := market.abi.UnpackIntoInterface(out, "BadOrderSignature", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// MarketBadPrice represents a BadPrice error raised by the Market contract.
type MarketBadPrice struct {
	Price *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error BadPrice(uint256 price)
func MarketBadPriceErrorID() common.Hash {
	return common.HexToHash("0x145a3a7db838adf197edd7d1ac3ee4e82ab1e9e5ea616d163e924910b6f5b97b")
}

// UnpackBadPriceError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error BadPrice(uint256 price)
func (market *Market) UnpackBadPriceError(raw []byte) (*MarketBadPrice, error) {
	out := new(MarketBadPrice)
	if err := market.abi.UnpackIntoInterface(out, "BadPrice", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// MarketBadRetireSignature represents a BadRetireSignature error raised by the Market contract.
type MarketBadRetireSignature struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error BadRetireSignature()
func MarketBadRetireSignatureErrorID() common.Hash {
	return common.HexToHash("0x93c5dfd4dd5300d08f7b937a6fbafeead9c4f0181c947a64e25012d498ac4cea")
}

// UnpackBadRetireSignatureError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error BadRetireSignature()
func (market *Market) UnpackBadRetireSignatureError(raw []byte) (*MarketBadRetireSignature, error) {
	out := new(MarketBadRetireSignature)
	if err := market.abi.UnpackIntoInterface(out, "BadRetireSignature", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// MarketBadSealSignature represents a BadSealSignature error raised by the Market contract.
type MarketBadSealSignature struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error BadSealSignature()
func MarketBadSealSignatureErrorID() common.Hash {
	return common.HexToHash("0x4ea30d5f2651505505be96cf08d473290e55c76802b93b5bee90a7ca99d97a71")
}

// UnpackBadSealSignatureError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error BadSealSignature()
func (market *Market) UnpackBadSealSignatureError(raw []byte) (*MarketBadSealSignature, error) {
	out := new(MarketBadSealSignature)
	if err := market.abi.UnpackIntoInterface(out, "BadSealSignature", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// MarketBadWindow represents a BadWindow error raised by the Market contract.
type MarketBadWindow struct {
	DeliveryWindow uint32
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error BadWindow(uint32 deliveryWindow)
func MarketBadWindowErrorID() common.Hash {
	return common.HexToHash("0x8045cecd2f23448e72da579be45a3d9a4080a180e7d2e185ad42d5d37337ce67")
}

// UnpackBadWindowError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error BadWindow(uint32 deliveryWindow)
func (market *Market) UnpackBadWindowError(raw []byte) (*MarketBadWindow, error) {
	out := new(MarketBadWindow)
	if err := market.abi.UnpackIntoInterface(out, "BadWindow", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// MarketInvalidShortString represents a InvalidShortString error raised by the Market contract.
type MarketInvalidShortString struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error InvalidShortString()
func MarketInvalidShortStringErrorID() common.Hash {
	return common.HexToHash("0xb3512b0c6163e5f0bafab72bb631b9d58cd7a731b082f910338aa21c83d5c274")
}

// UnpackInvalidShortStringError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error InvalidShortString()
func (market *Market) UnpackInvalidShortStringError(raw []byte) (*MarketInvalidShortString, error) {
	out := new(MarketInvalidShortString)
	if err := market.abi.UnpackIntoInterface(out, "InvalidShortString", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// MarketKeyIsRight represents a KeyIsRight error raised by the Market contract.
type MarketKeyIsRight struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error KeyIsRight()
func MarketKeyIsRightErrorID() common.Hash {
	return common.HexToHash("0x0be7e33e6e829e7d680a710652dbe9880c35fec536a756362794b6499160b4bd")
}

// UnpackKeyIsRightError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error KeyIsRight()
func (market *Market) UnpackKeyIsRightError(raw []byte) (*MarketKeyIsRight, error) {
	out := new(MarketKeyIsRight)
	if err := market.abi.UnpackIntoInterface(out, "KeyIsRight", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// MarketNotBuyer represents a NotBuyer error raised by the Market contract.
type MarketNotBuyer struct {
	Caller common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotBuyer(address caller)
func MarketNotBuyerErrorID() common.Hash {
	return common.HexToHash("0x0eed4964bdba59f1f4a6af293f1d22a09b8d0f1e14d063f9e38b143777733580")
}

// UnpackNotBuyerError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotBuyer(address caller)
func (market *Market) UnpackNotBuyerError(raw []byte) (*MarketNotBuyer, error) {
	out := new(MarketNotBuyer)
	if err := market.abi.UnpackIntoInterface(out, "NotBuyer", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// MarketNotNewer represents a NotNewer error raised by the Market contract.
type MarketNotNewer struct {
	Version    uint64
	MinVersion uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotNewer(uint64 version, uint64 minVersion)
func MarketNotNewerErrorID() common.Hash {
	return common.HexToHash("0xa30ddf4cadc349bbfd849f3d8117cb8556ed2835488aed89b3dc4fcf98ea70ea")
}

// UnpackNotNewerError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotNewer(uint64 version, uint64 minVersion)
func (market *Market) UnpackNotNewerError(raw []byte) (*MarketNotNewer, error) {
	out := new(MarketNotNewer)
	if err := market.abi.UnpackIntoInterface(out, "NotNewer", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// MarketNotTreasury represents a NotTreasury error raised by the Market contract.
type MarketNotTreasury struct {
	Caller common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotTreasury(address caller)
func MarketNotTreasuryErrorID() common.Hash {
	return common.HexToHash("0x4eac61126a489da46bbac1910a4c6a36a7a65bd447cd9f3283b27687b2d5c059")
}

// UnpackNotTreasuryError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotTreasury(address caller)
func (market *Market) UnpackNotTreasuryError(raw []byte) (*MarketNotTreasury, error) {
	out := new(MarketNotTreasury)
	if err := market.abi.UnpackIntoInterface(out, "NotTreasury", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// MarketNothingSettled represents a NothingSettled error raised by the Market contract.
type MarketNothingSettled struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NothingSettled()
func MarketNothingSettledErrorID() common.Hash {
	return common.HexToHash("0x14567ff462bb0f10612678b0e8ce0522e7894865451c545606bad972e3f387a8")
}

// UnpackNothingSettledError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NothingSettled()
func (market *Market) UnpackNothingSettledError(raw []byte) (*MarketNothingSettled, error) {
	out := new(MarketNothingSettled)
	if err := market.abi.UnpackIntoInterface(out, "NothingSettled", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// MarketNothingToWithdraw represents a NothingToWithdraw error raised by the Market contract.
type MarketNothingToWithdraw struct {
	Account common.Address
	Amount  *big.Int
	Balance *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NothingToWithdraw(address account, uint256 amount, uint256 balance)
func MarketNothingToWithdrawErrorID() common.Hash {
	return common.HexToHash("0x3298cc24a6a334a1472a9205aa9cbb0023751236d135d81605fe8955a4fd3ad2")
}

// UnpackNothingToWithdrawError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NothingToWithdraw(address account, uint256 amount, uint256 balance)
func (market *Market) UnpackNothingToWithdrawError(raw []byte) (*MarketNothingToWithdraw, error) {
	out := new(MarketNothingToWithdraw)
	if err := market.abi.UnpackIntoInterface(out, "NothingToWithdraw", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// MarketOrderExpired represents a OrderExpired error raised by the Market contract.
type MarketOrderExpired struct {
	Expiry uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error OrderExpired(uint64 expiry)
func MarketOrderExpiredErrorID() common.Hash {
	return common.HexToHash("0xbd5c334eea6c5b4b7e9ea07a8ac61efc9878ce8783211311d885ccdb1c6cf883")
}

// UnpackOrderExpiredError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error OrderExpired(uint64 expiry)
func (market *Market) UnpackOrderExpiredError(raw []byte) (*MarketOrderExpired, error) {
	out := new(MarketOrderExpired)
	if err := market.abi.UnpackIntoInterface(out, "OrderExpired", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// MarketOwnListing represents a OwnListing error raised by the Market contract.
type MarketOwnListing struct {
	Seller common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error OwnListing(address seller)
func MarketOwnListingErrorID() common.Hash {
	return common.HexToHash("0x4f50f5151960c2e5c66e97fd55d3767c6eda8611efc0b91e9465b12fd90b212c")
}

// UnpackOwnListingError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error OwnListing(address seller)
func (market *Market) UnpackOwnListingError(raw []byte) (*MarketOwnListing, error) {
	out := new(MarketOwnListing)
	if err := market.abi.UnpackIntoInterface(out, "OwnListing", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// MarketReentrancyGuardReentrantCall represents a ReentrancyGuardReentrantCall error raised by the Market contract.
type MarketReentrancyGuardReentrantCall struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ReentrancyGuardReentrantCall()
func MarketReentrancyGuardReentrantCallErrorID() common.Hash {
	return common.HexToHash("0x3ee5aeb571de7fc460830b4d0017439a1ca56fb0bc39062227ade4fe4a24c1ca")
}

// UnpackReentrancyGuardReentrantCallError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ReentrancyGuardReentrantCall()
func (market *Market) UnpackReentrancyGuardReentrantCallError(raw []byte) (*MarketReentrancyGuardReentrantCall, error) {
	out := new(MarketReentrancyGuardReentrantCall)
	if err := market.abi.UnpackIntoInterface(out, "ReentrancyGuardReentrantCall", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// MarketSafeERC20FailedOperation represents a SafeERC20FailedOperation error raised by the Market contract.
type MarketSafeERC20FailedOperation struct {
	Token common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error SafeERC20FailedOperation(address token)
func MarketSafeERC20FailedOperationErrorID() common.Hash {
	return common.HexToHash("0x5274afe73c98b4749fc91ffae6b7b574e7842cb2144a159e9377a5f20b32edf9")
}

// UnpackSafeERC20FailedOperationError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error SafeERC20FailedOperation(address token)
func (market *Market) UnpackSafeERC20FailedOperationError(raw []byte) (*MarketSafeERC20FailedOperation, error) {
	out := new(MarketSafeERC20FailedOperation)
	if err := market.abi.UnpackIntoInterface(out, "SafeERC20FailedOperation", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// MarketStringTooLong represents a StringTooLong error raised by the Market contract.
type MarketStringTooLong struct {
	Str string
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error StringTooLong(string str)
func MarketStringTooLongErrorID() common.Hash {
	return common.HexToHash("0x305a27a93f8e33b7392df0a0f91d6fc63847395853c45991eec52dbf24d72381")
}

// UnpackStringTooLongError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error StringTooLong(string str)
func (market *Market) UnpackStringTooLongError(raw []byte) (*MarketStringTooLong, error) {
	out := new(MarketStringTooLong)
	if err := market.abi.UnpackIntoInterface(out, "StringTooLong", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// MarketTooEarly represents a TooEarly error raised by the Market contract.
type MarketTooEarly struct {
	Start *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error TooEarly(uint256 start)
func MarketTooEarlyErrorID() common.Hash {
	return common.HexToHash("0x2a35a3246d5070e2b118858c24c2c4d23eaebe645b92ab746b92dd600c35a9d7")
}

// UnpackTooEarlyError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error TooEarly(uint256 start)
func (market *Market) UnpackTooEarlyError(raw []byte) (*MarketTooEarly, error) {
	out := new(MarketTooEarly)
	if err := market.abi.UnpackIntoInterface(out, "TooEarly", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// MarketTooLate represents a TooLate error raised by the Market contract.
type MarketTooLate struct {
	Limit *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error TooLate(uint256 limit)
func MarketTooLateErrorID() common.Hash {
	return common.HexToHash("0x691e5682c05af91a82d806fceac093f8891d2c453dfc42c67196c1ccdb7b8be1")
}

// UnpackTooLateError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error TooLate(uint256 limit)
func (market *Market) UnpackTooLateError(raw []byte) (*MarketTooLate, error) {
	out := new(MarketTooLate)
	if err := market.abi.UnpackIntoInterface(out, "TooLate", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// MarketVersionRetired represents a VersionRetired error raised by the Market contract.
type MarketVersionRetired struct {
	Version    uint64
	MinVersion uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error VersionRetired(uint64 version, uint64 minVersion)
func MarketVersionRetiredErrorID() common.Hash {
	return common.HexToHash("0x04e5700c17f4cd46c4a2774f6d37062ed7cfbdfdfe2a2e8cb84c720f4d31b314")
}

// UnpackVersionRetiredError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error VersionRetired(uint64 version, uint64 minVersion)
func (market *Market) UnpackVersionRetiredError(raw []byte) (*MarketVersionRetired, error) {
	out := new(MarketVersionRetired)
	if err := market.abi.UnpackIntoInterface(out, "VersionRetired", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// MarketWrongDelivery represents a WrongDelivery error raised by the Market contract.
type MarketWrongDelivery struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error WrongDelivery()
func MarketWrongDeliveryErrorID() common.Hash {
	return common.HexToHash("0xc55b8c0c97381ebad8c45c0a4950df2dd9e99713650171339235090a75ebfd20")
}

// UnpackWrongDeliveryError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error WrongDelivery()
func (market *Market) UnpackWrongDeliveryError(raw []byte) (*MarketWrongDelivery, error) {
	out := new(MarketWrongDelivery)
	if err := market.abi.UnpackIntoInterface(out, "WrongDelivery", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// MarketWrongOpener represents a WrongOpener error raised by the Market contract.
type MarketWrongOpener struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error WrongOpener()
func MarketWrongOpenerErrorID() common.Hash {
	return common.HexToHash("0x044eaa7dc3db3daa260988b99a08941d1dcb3fbdf6a31100647124c27486bd53")
}

// UnpackWrongOpenerError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error WrongOpener()
func (market *Market) UnpackWrongOpenerError(raw []byte) (*MarketWrongOpener, error) {
	out := new(MarketWrongOpener)
	if err := market.abi.UnpackIntoInterface(out, "WrongOpener", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// MarketWrongSealed represents a WrongSealed error raised by the Market contract.
type MarketWrongSealed struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error WrongSealed()
func MarketWrongSealedErrorID() common.Hash {
	return common.HexToHash("0xa411ed009c8cb4de0fc7b8ec0ee11e3d69703367ac4944cb9dcfb9faf0f9bc74")
}

// UnpackWrongSealedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error WrongSealed()
func (market *Market) UnpackWrongSealedError(raw []byte) (*MarketWrongSealed, error) {
	out := new(MarketWrongSealed)
	if err := market.abi.UnpackIntoInterface(out, "WrongSealed", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// MarketWrongStatus represents a WrongStatus error raised by the Market contract.
type MarketWrongStatus struct {
	Purchase [32]byte
	Status   uint8
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error WrongStatus(bytes32 purchase, uint8 status)
func MarketWrongStatusErrorID() common.Hash {
	return common.HexToHash("0x9d81974470eb5e30f285b1055c396a387d885a43a0fb39f84dcb3764cbc907a1")
}

// UnpackWrongStatusError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error WrongStatus(bytes32 purchase, uint8 status)
func (market *Market) UnpackWrongStatusError(raw []byte) (*MarketWrongStatus, error) {
	out := new(MarketWrongStatus)
	if err := market.abi.UnpackIntoInterface(out, "WrongStatus", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// MarketZeroDelegate represents a ZeroDelegate error raised by the Market contract.
type MarketZeroDelegate struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ZeroDelegate()
func MarketZeroDelegateErrorID() common.Hash {
	return common.HexToHash("0x38bd55a6c33a3c8b3f3435524d9eccbb814bdcf6a8ae74acf476172dfc9b6040")
}

// UnpackZeroDelegateError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ZeroDelegate()
func (market *Market) UnpackZeroDelegateError(raw []byte) (*MarketZeroDelegate, error) {
	out := new(MarketZeroDelegate)
	if err := market.abi.UnpackIntoInterface(out, "ZeroDelegate", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// MarketZeroToken represents a ZeroToken error raised by the Market contract.
type MarketZeroToken struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ZeroToken()
func MarketZeroTokenErrorID() common.Hash {
	return common.HexToHash("0xad1991f5b668db6ba8bd803a982b422e706e04bb48af3e23f18a7ddfa8e56f4d")
}

// UnpackZeroTokenError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ZeroToken()
func (market *Market) UnpackZeroTokenError(raw []byte) (*MarketZeroToken, error) {
	out := new(MarketZeroToken)
	if err := market.abi.UnpackIntoInterface(out, "ZeroToken", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// MarketZeroTreasury represents a ZeroTreasury error raised by the Market contract.
type MarketZeroTreasury struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ZeroTreasury()
func MarketZeroTreasuryErrorID() common.Hash {
	return common.HexToHash("0x9c707f95a60e29fbb6fe20c99fbc90862c186af5d0555754856ae2e4cf5593cd")
}

// UnpackZeroTreasuryError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ZeroTreasury()
func (market *Market) UnpackZeroTreasuryError(raw []byte) (*MarketZeroTreasury, error) {
	out := new(MarketZeroTreasury)
	if err := market.abi.UnpackIntoInterface(out, "ZeroTreasury", raw); err != nil {
		return nil, err
	}
	return out, nil
}
