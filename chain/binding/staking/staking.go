// Code generated via abigen V2 - DO NOT EDIT.
// This file is a generated binding and any manual changes will be lost.

package staking

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

// Sig is an auto generated low-level Go binding around an user-defined struct.
type Sig struct {
	R  [32]byte
	Vs [32]byte
}

// Unstake is an auto generated low-level Go binding around an user-defined struct.
type Unstake struct {
	Account common.Address
	Amount  *big.Int
	Nonce   *big.Int
}

// StakingMetaData contains all meta data concerning the Staking contract.
var StakingMetaData = bind.MetaData{
	ABI: "[{\"inputs\":[{\"internalType\":\"contractPrivToken\",\"name\":\"token\",\"type\":\"address\"}],\"stateMutability\":\"nonpayable\",\"type\":\"constructor\"},{\"inputs\":[],\"name\":\"BadUnstakeSignature\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"internalType\":\"uint256\",\"name\":\"stake\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"amount\",\"type\":\"uint256\"}],\"name\":\"InsufficientStake\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"InvalidShortString\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"}],\"name\":\"NothingToWithdraw\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"token\",\"type\":\"address\"}],\"name\":\"SafeERC20FailedOperation\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"string\",\"name\":\"str\",\"type\":\"string\"}],\"name\":\"StringTooLong\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"releaseAt\",\"type\":\"uint256\"}],\"name\":\"TooEarly\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"nonce\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"expected\",\"type\":\"uint256\"}],\"name\":\"WrongNonce\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"ZeroAmount\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"ZeroToken\",\"type\":\"error\"},{\"anonymous\":false,\"inputs\":[],\"name\":\"EIP712DomainChanged\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"amount\",\"type\":\"uint256\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"stake\",\"type\":\"uint256\"}],\"name\":\"Staked\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"amount\",\"type\":\"uint256\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"stake\",\"type\":\"uint256\"},{\"indexed\":false,\"internalType\":\"uint64\",\"name\":\"releaseAt\",\"type\":\"uint64\"}],\"name\":\"UnstakeRequested\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"amount\",\"type\":\"uint256\"}],\"name\":\"Withdrawn\",\"type\":\"event\"},{\"inputs\":[],\"name\":\"COOLDOWN\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"TOKEN\",\"outputs\":[{\"internalType\":\"contractPrivToken\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"}],\"name\":\"cooldowns\",\"outputs\":[{\"internalType\":\"uint192\",\"name\":\"amount\",\"type\":\"uint192\"},{\"internalType\":\"uint64\",\"name\":\"releaseAt\",\"type\":\"uint64\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"eip712Domain\",\"outputs\":[{\"internalType\":\"bytes1\",\"name\":\"fields\",\"type\":\"bytes1\"},{\"internalType\":\"string\",\"name\":\"name\",\"type\":\"string\"},{\"internalType\":\"string\",\"name\":\"version\",\"type\":\"string\"},{\"internalType\":\"uint256\",\"name\":\"chainId\",\"type\":\"uint256\"},{\"internalType\":\"address\",\"name\":\"verifyingContract\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"salt\",\"type\":\"bytes32\"},{\"internalType\":\"uint256[]\",\"name\":\"extensions\",\"type\":\"uint256[]\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"}],\"name\":\"nonces\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"components\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"internalType\":\"uint256\",\"name\":\"amount\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"nonce\",\"type\":\"uint256\"}],\"internalType\":\"structUnstake\",\"name\":\"request\",\"type\":\"tuple\"},{\"components\":[{\"internalType\":\"bytes32\",\"name\":\"r\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"vs\",\"type\":\"bytes32\"}],\"internalType\":\"structSig\",\"name\":\"sig\",\"type\":\"tuple\"}],\"name\":\"requestUnstake\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"internalType\":\"uint256\",\"name\":\"amount\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"validBefore\",\"type\":\"uint256\"},{\"internalType\":\"bytes32\",\"name\":\"salt\",\"type\":\"bytes32\"}],\"name\":\"stakeNonce\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"}],\"name\":\"stakeOf\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"internalType\":\"uint256\",\"name\":\"amount\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"validBefore\",\"type\":\"uint256\"},{\"internalType\":\"bytes32\",\"name\":\"salt\",\"type\":\"bytes32\"},{\"internalType\":\"uint8\",\"name\":\"v\",\"type\":\"uint8\"},{\"internalType\":\"bytes32\",\"name\":\"r\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"s\",\"type\":\"bytes32\"}],\"name\":\"stakeWithAuthorization\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"}],\"name\":\"withdraw\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"}]",
	ID:  "Staking",
	Bin: "0x610180604052348015610010575f5ffd5b506040516111f23803806111f283398101604081905261002f9161019f565b6040518060400160405280600d81526020016c7072697664205374616b696e6760981b815250604051806040016040528060018152602001603160f81b81525061007e8261015960201b60201c565b6101205261008b81610159565b61014052815160208084019190912060e052815190820120610100524660a05261011760e05161010051604080517f8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f60208201529081019290925260608201524660808201523060a08201525f9060c00160405160208183030381529060405280519060200120905090565b60805250503060c0526001600160a01b0381166101475760405163ad1991f560e01b815260040160405180910390fd5b6001600160a01b031661016052610227565b5f5f829050601f8151111561018c578260405163305a27a960e01b815260040161018391906101cc565b60405180910390fd5b805161019782610201565b179392505050565b5f602082840312156101af575f5ffd5b81516001600160a01b03811681146101c5575f5ffd5b9392505050565b602081525f82518060208401528060208501604085015e5f604082850101526040601f19601f83011684010191505092915050565b80516020808301519190811015610221575f198160200360031b1b821691505b50919050565b60805160a05160c05160e05161010051610120516101405161016051610f626102905f395f818161016d01528181610328015261052101525f61093101525f61090101525f610b5301525f610b2b01525f610a8601525f610ab001525f610ada0152610f625ff3fe608060405234801561000f575f5ffd5b506004361061009b575f3560e01c806384b0196e1161006357806384b0196e146101a75780638621e9d9146101c257806394776736146101d5578063a2724a4d146101e8578063a673f74b146101f2575f5ffd5b806301320fe21461009f578063426233601461010757806351cff8d9146101345780637ecebe001461014957806382bfefc814610168575b5f5ffd5b6100da6100ad366004610cdf565b60036020525f90815260409020546001600160c01b03811690600160c01b900467ffffffffffffffff1682565b604080516001600160c01b03909316835267ffffffffffffffff9091166020830152015b60405180910390f35b610126610115366004610cdf565b60026020525f908152604090205481565b6040519081526020016100fe565b610147610142366004610cdf565b610205565b005b610126610157366004610cdf565b60046020525f908152604090205481565b61018f7f000000000000000000000000000000000000000000000000000000000000000081565b6040516001600160a01b0390911681526020016100fe565b6101af61035d565b6040516100fe9796959493929190610d2d565b6101266101d0366004610dc3565b61039f565b6101476101e3366004610df9565b61041d565b61012662093a8081565b610147610200366004610e5f565b610586565b6001600160a01b0381165f9081526003602090815260408083208151808301909252546001600160c01b038116808352600160c01b90910467ffffffffffffffff1692820192909252910361027d57604051636e34ee0b60e11b81526001600160a01b03831660048201526024015b60405180910390fd5b806020015167ffffffffffffffff164210156102be576020810151604051630a8d68c960e21b815267ffffffffffffffff9091166004820152602401610274565b6001600160a01b0382165f81815260036020908152604080832092909255835191516001600160c01b0390921682527f7084f5476618d8e60b11ef0d7d3f06914655adb8793e28ff7f018d4c76d505d5910160405180910390a28051610359906001600160a01b037f0000000000000000000000000000000000000000000000000000000000000000169084906001600160c01b03166108c0565b5050565b5f6060805f5f5f606061036e6108fa565b61037661092a565b604080515f80825260208201909252600f60f81b9b939a50919850469750309650945092509050565b604080517f4c7f10770221a12d91a53493cfe7ec848678519b624a096deb8a896af4f542db60208201526001600160a01b03861691810191909152606081018490526080810183905260a081018290525f906104149060c0015b60405160208183030381529060405280519060200120610955565b95945050505050565b855f0361043d57604051631f2a200560e01b815260040160405180910390fd5b6001600160a01b0387165f90815260026020526040812054610460908890610eb4565b6001600160a01b0389165f8181526002602090815260409182902084905581518b815290810184905292935090917f1449c6dd7851abc30abf37f57715f492010519147cc2652fbc38202c18a6ee90910160405180910390a25f6104c68989898961039f565b6040516377aadf6360e11b81526001600160a01b038b81166004830152306024830152604482018b90525f6064830152608482018a905260a4820183905260ff881660c483015260e4820187905261010482018690529192507f00000000000000000000000000000000000000000000000000000000000000009091169063ef55bec690610124015f604051808303815f87803b158015610565575f5ffd5b505af1158015610577573d5f5f3e3d5ffd5b50505050505050505050505050565b5f6105bd7f7af4198bbea950162654a3565105c6bf3528571bdbb71f0ba92722fb73e3fccf846040516020016103f9929190610ec7565b90506105e181836105d16020870187610cdf565b6001600160a01b03169190610987565b6105fe57604051634787ecbd60e11b815260040160405180910390fd5b60045f61060e6020860186610cdf565b6001600160a01b03166001600160a01b031681526020019081526020015f205483604001351461069157604083013560045f61064d6020870187610cdf565b6001600160a01b03166001600160a01b031681526020019081526020015f205460405163a3c996d360e01b8152600401610274929190918252602082015260400190565b82602001355f036106b557604051631f2a200560e01b815260040160405180910390fd5b5f6002816106c66020870187610cdf565b6001600160a01b03166001600160a01b031681526020019081526020015f205490508084602001351115610737576107016020850185610cdf565b60405163936d426d60e01b81526001600160a01b0390911660048201526024810182905260208501356044820152606401610274565b610745602085013582610f04565b90505f61075562093a8042610eb4565b90505f6003816107686020890189610cdf565b6001600160a01b031681526020808201929092526040015f908120925060049161079490890189610cdf565b6001600160a01b03166001600160a01b031681526020019081526020015f205f81546107bf90610f17565b909155508260025f6107d460208a018a610cdf565b6001600160a01b031681526020808201929092526040015f908120929092558254908801359183916108109084906001600160c01b0316610f2f565b82546101009290920a6001600160c01b03818102199093169183160217909155825416600160c01b67ffffffffffffffff851602178255506108556020870187610cdf565b6001600160a01b03167fad45e73f3869206cbe603af99c45463bc0a13c481e99d8a2efd93c7d64f2814b876020013585856040516108b093929190928352602083019190915267ffffffffffffffff16604082015260600190565b60405180910390a2505050505050565b6108cd83838360016109db565b6108f557604051635274afe760e01b81526001600160a01b0384166004820152602401610274565b505050565b60606109257f0000000000000000000000000000000000000000000000000000000000000000610a3d565b905090565b60606109257f0000000000000000000000000000000000000000000000000000000000000000610a3d565b5f610981610961610a7a565b8360405161190160f01b8152600281019290925260228201526042902090565b92915050565b5f808061099a8585356020870135610ba3565b5090925090505f8160038111156109b3576109b3610f4e565b1480156109d15750856001600160a01b0316826001600160a01b0316145b9695505050505050565b60405163a9059cbb60e01b5f8181526001600160a01b038616600452602485905291602083604481808b5af1925060015f51148316610a31578383151615610a25573d5f823e3d81fd5b5f873b113d1516831692505b60405250949350505050565b60605f610a4983610bd5565b6040805160208082528183019092529192505f91906020820181803683375050509182525060208101929092525090565b5f306001600160a01b037f000000000000000000000000000000000000000000000000000000000000000016148015610ad257507f000000000000000000000000000000000000000000000000000000000000000046145b15610afc57507f000000000000000000000000000000000000000000000000000000000000000090565b610925604080517f8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f60208201527f0000000000000000000000000000000000000000000000000000000000000000918101919091527f000000000000000000000000000000000000000000000000000000000000000060608201524660808201523060a08201525f9060c00160405160208183030381529060405280519060200120905090565b5f80806001600160ff1b038416601b60ff86901c01610bc488828985610bfc565b945094509450505093509350939050565b5f60ff8216601f81111561098157604051632cd44ac360e21b815260040160405180910390fd5b5f80807f7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0841115610c3557505f91506003905082610cba565b604080515f808252602082018084528a905260ff891692820192909252606081018790526080810186905260019060a0016020604051602081039080840390855afa158015610c86573d5f5f3e3d5ffd5b5050604051601f1901519150506001600160a01b038116610cb157505f925060019150829050610cba565b92505f91508190505b9450945094915050565b80356001600160a01b0381168114610cda575f5ffd5b919050565b5f60208284031215610cef575f5ffd5b610cf882610cc4565b9392505050565b5f81518084528060208401602086015e5f602082860101526020601f19601f83011685010191505092915050565b60ff60f81b8816815260e060208201525f610d4b60e0830189610cff565b8281036040840152610d5d8189610cff565b606084018890526001600160a01b038716608085015260a0840186905283810360c0850152845180825260208087019350909101905f5b81811015610db2578351835260209384019390920191600101610d94565b50909b9a5050505050505050505050565b5f5f5f5f60808587031215610dd6575f5ffd5b610ddf85610cc4565b966020860135965060408601359560600135945092505050565b5f5f5f5f5f5f5f60e0888a031215610e0f575f5ffd5b610e1888610cc4565b9650602088013595506040880135945060608801359350608088013560ff81168114610e42575f5ffd5b9699959850939692959460a0840135945060c09093013592915050565b5f5f82840360a0811215610e71575f5ffd5b6060811215610e7e575f5ffd5b8392506040605f1982011215610e92575f5ffd5b506060830190509250929050565b634e487b7160e01b5f52601160045260245ffd5b8082018082111561098157610981610ea0565b828152608081016001600160a01b03610edf84610cc4565b1660208381019190915283013560408084019190915290920135606090910152919050565b8181038181111561098157610981610ea0565b5f60018201610f2857610f28610ea0565b5060010190565b6001600160c01b03818116838216019081111561098157610981610ea0565b634e487b7160e01b5f52602160045260245ffd",
}

// Staking is an auto generated Go binding around an Ethereum contract.
type Staking struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *Staking) GetABI() abi.ABI {
	return c.abi
}

// NewStaking creates a new instance of Staking.
func NewStaking() *Staking {
	parsed, err := StakingMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &Staking{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *Staking) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackConstructor is the Go binding used to pack the parameters required for
// contract deployment.
//
// Solidity: constructor(address token) returns()
func (staking *Staking) PackConstructor(token common.Address) []byte {
	enc, err := staking.abi.Pack("", token)
	if err != nil {
		panic(err)
	}
	return enc
}

// PackCOOLDOWN is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa2724a4d.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function COOLDOWN() view returns(uint256)
func (staking *Staking) PackCOOLDOWN() []byte {
	enc, err := staking.abi.Pack("COOLDOWN")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCOOLDOWN is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa2724a4d.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function COOLDOWN() view returns(uint256)
func (staking *Staking) TryPackCOOLDOWN() ([]byte, error) {
	return staking.abi.Pack("COOLDOWN")
}

// UnpackCOOLDOWN is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xa2724a4d.
//
// Solidity: function COOLDOWN() view returns(uint256)
func (staking *Staking) UnpackCOOLDOWN(data []byte) (*big.Int, error) {
	out, err := staking.abi.Unpack("COOLDOWN", data)
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
func (staking *Staking) PackTOKEN() []byte {
	enc, err := staking.abi.Pack("TOKEN")
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
func (staking *Staking) TryPackTOKEN() ([]byte, error) {
	return staking.abi.Pack("TOKEN")
}

// UnpackTOKEN is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x82bfefc8.
//
// Solidity: function TOKEN() view returns(address)
func (staking *Staking) UnpackTOKEN(data []byte) (common.Address, error) {
	out, err := staking.abi.Unpack("TOKEN", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackCooldowns is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x01320fe2.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function cooldowns(address account) view returns(uint192 amount, uint64 releaseAt)
func (staking *Staking) PackCooldowns(account common.Address) []byte {
	enc, err := staking.abi.Pack("cooldowns", account)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCooldowns is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x01320fe2.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function cooldowns(address account) view returns(uint192 amount, uint64 releaseAt)
func (staking *Staking) TryPackCooldowns(account common.Address) ([]byte, error) {
	return staking.abi.Pack("cooldowns", account)
}

// CooldownsOutput serves as a container for the return parameters of contract
// method Cooldowns.
type CooldownsOutput struct {
	Amount    *big.Int
	ReleaseAt uint64
}

// UnpackCooldowns is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x01320fe2.
//
// Solidity: function cooldowns(address account) view returns(uint192 amount, uint64 releaseAt)
func (staking *Staking) UnpackCooldowns(data []byte) (CooldownsOutput, error) {
	out, err := staking.abi.Unpack("cooldowns", data)
	outstruct := new(CooldownsOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.Amount = abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	outstruct.ReleaseAt = *abi.ConvertType(out[1], new(uint64)).(*uint64)
	return *outstruct, nil
}

// PackEip712Domain is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x84b0196e.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function eip712Domain() view returns(bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] extensions)
func (staking *Staking) PackEip712Domain() []byte {
	enc, err := staking.abi.Pack("eip712Domain")
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
func (staking *Staking) TryPackEip712Domain() ([]byte, error) {
	return staking.abi.Pack("eip712Domain")
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
func (staking *Staking) UnpackEip712Domain(data []byte) (Eip712DomainOutput, error) {
	out, err := staking.abi.Unpack("eip712Domain", data)
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

// PackNonces is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x7ecebe00.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function nonces(address account) view returns(uint256)
func (staking *Staking) PackNonces(account common.Address) []byte {
	enc, err := staking.abi.Pack("nonces", account)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackNonces is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x7ecebe00.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function nonces(address account) view returns(uint256)
func (staking *Staking) TryPackNonces(account common.Address) ([]byte, error) {
	return staking.abi.Pack("nonces", account)
}

// UnpackNonces is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x7ecebe00.
//
// Solidity: function nonces(address account) view returns(uint256)
func (staking *Staking) UnpackNonces(data []byte) (*big.Int, error) {
	out, err := staking.abi.Unpack("nonces", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackRequestUnstake is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa673f74b.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function requestUnstake((address,uint256,uint256) request, (bytes32,bytes32) sig) returns()
func (staking *Staking) PackRequestUnstake(request Unstake, sig Sig) []byte {
	enc, err := staking.abi.Pack("requestUnstake", request, sig)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRequestUnstake is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa673f74b.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function requestUnstake((address,uint256,uint256) request, (bytes32,bytes32) sig) returns()
func (staking *Staking) TryPackRequestUnstake(request Unstake, sig Sig) ([]byte, error) {
	return staking.abi.Pack("requestUnstake", request, sig)
}

// PackStakeNonce is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8621e9d9.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function stakeNonce(address account, uint256 amount, uint256 validBefore, bytes32 salt) view returns(bytes32)
func (staking *Staking) PackStakeNonce(account common.Address, amount *big.Int, validBefore *big.Int, salt [32]byte) []byte {
	enc, err := staking.abi.Pack("stakeNonce", account, amount, validBefore, salt)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackStakeNonce is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8621e9d9.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function stakeNonce(address account, uint256 amount, uint256 validBefore, bytes32 salt) view returns(bytes32)
func (staking *Staking) TryPackStakeNonce(account common.Address, amount *big.Int, validBefore *big.Int, salt [32]byte) ([]byte, error) {
	return staking.abi.Pack("stakeNonce", account, amount, validBefore, salt)
}

// UnpackStakeNonce is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x8621e9d9.
//
// Solidity: function stakeNonce(address account, uint256 amount, uint256 validBefore, bytes32 salt) view returns(bytes32)
func (staking *Staking) UnpackStakeNonce(data []byte) ([32]byte, error) {
	out, err := staking.abi.Unpack("stakeNonce", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackStakeOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x42623360.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function stakeOf(address account) view returns(uint256)
func (staking *Staking) PackStakeOf(account common.Address) []byte {
	enc, err := staking.abi.Pack("stakeOf", account)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackStakeOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x42623360.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function stakeOf(address account) view returns(uint256)
func (staking *Staking) TryPackStakeOf(account common.Address) ([]byte, error) {
	return staking.abi.Pack("stakeOf", account)
}

// UnpackStakeOf is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x42623360.
//
// Solidity: function stakeOf(address account) view returns(uint256)
func (staking *Staking) UnpackStakeOf(data []byte) (*big.Int, error) {
	out, err := staking.abi.Unpack("stakeOf", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackStakeWithAuthorization is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x94776736.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function stakeWithAuthorization(address account, uint256 amount, uint256 validBefore, bytes32 salt, uint8 v, bytes32 r, bytes32 s) returns()
func (staking *Staking) PackStakeWithAuthorization(account common.Address, amount *big.Int, validBefore *big.Int, salt [32]byte, v uint8, r [32]byte, s [32]byte) []byte {
	enc, err := staking.abi.Pack("stakeWithAuthorization", account, amount, validBefore, salt, v, r, s)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackStakeWithAuthorization is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x94776736.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function stakeWithAuthorization(address account, uint256 amount, uint256 validBefore, bytes32 salt, uint8 v, bytes32 r, bytes32 s) returns()
func (staking *Staking) TryPackStakeWithAuthorization(account common.Address, amount *big.Int, validBefore *big.Int, salt [32]byte, v uint8, r [32]byte, s [32]byte) ([]byte, error) {
	return staking.abi.Pack("stakeWithAuthorization", account, amount, validBefore, salt, v, r, s)
}

// PackWithdraw is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x51cff8d9.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function withdraw(address account) returns()
func (staking *Staking) PackWithdraw(account common.Address) []byte {
	enc, err := staking.abi.Pack("withdraw", account)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackWithdraw is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x51cff8d9.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function withdraw(address account) returns()
func (staking *Staking) TryPackWithdraw(account common.Address) ([]byte, error) {
	return staking.abi.Pack("withdraw", account)
}

// StakingEIP712DomainChanged represents a EIP712DomainChanged event raised by the Staking contract.
type StakingEIP712DomainChanged struct {
	Raw *types.Log // Blockchain specific contextual infos
}

const StakingEIP712DomainChangedEventName = "EIP712DomainChanged"

// ContractEventName returns the user-defined event name.
func (StakingEIP712DomainChanged) ContractEventName() string {
	return StakingEIP712DomainChangedEventName
}

// UnpackEIP712DomainChangedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event EIP712DomainChanged()
func (staking *Staking) UnpackEIP712DomainChangedEvent(log *types.Log) (*StakingEIP712DomainChanged, error) {
	event := "EIP712DomainChanged"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != staking.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(StakingEIP712DomainChanged)
	if len(log.Data) > 0 {
		if err := staking.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range staking.abi.Events[event].Inputs {
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

// StakingStaked represents a Staked event raised by the Staking contract.
type StakingStaked struct {
	Account common.Address
	Amount  *big.Int
	Stake   *big.Int
	Raw     *types.Log // Blockchain specific contextual infos
}

const StakingStakedEventName = "Staked"

// ContractEventName returns the user-defined event name.
func (StakingStaked) ContractEventName() string {
	return StakingStakedEventName
}

// UnpackStakedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Staked(address indexed account, uint256 amount, uint256 stake)
func (staking *Staking) UnpackStakedEvent(log *types.Log) (*StakingStaked, error) {
	event := "Staked"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != staking.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(StakingStaked)
	if len(log.Data) > 0 {
		if err := staking.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range staking.abi.Events[event].Inputs {
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

// StakingUnstakeRequested represents a UnstakeRequested event raised by the Staking contract.
type StakingUnstakeRequested struct {
	Account   common.Address
	Amount    *big.Int
	Stake     *big.Int
	ReleaseAt uint64
	Raw       *types.Log // Blockchain specific contextual infos
}

const StakingUnstakeRequestedEventName = "UnstakeRequested"

// ContractEventName returns the user-defined event name.
func (StakingUnstakeRequested) ContractEventName() string {
	return StakingUnstakeRequestedEventName
}

// UnpackUnstakeRequestedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event UnstakeRequested(address indexed account, uint256 amount, uint256 stake, uint64 releaseAt)
func (staking *Staking) UnpackUnstakeRequestedEvent(log *types.Log) (*StakingUnstakeRequested, error) {
	event := "UnstakeRequested"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != staking.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(StakingUnstakeRequested)
	if len(log.Data) > 0 {
		if err := staking.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range staking.abi.Events[event].Inputs {
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

// StakingWithdrawn represents a Withdrawn event raised by the Staking contract.
type StakingWithdrawn struct {
	Account common.Address
	Amount  *big.Int
	Raw     *types.Log // Blockchain specific contextual infos
}

const StakingWithdrawnEventName = "Withdrawn"

// ContractEventName returns the user-defined event name.
func (StakingWithdrawn) ContractEventName() string {
	return StakingWithdrawnEventName
}

// UnpackWithdrawnEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Withdrawn(address indexed account, uint256 amount)
func (staking *Staking) UnpackWithdrawnEvent(log *types.Log) (*StakingWithdrawn, error) {
	event := "Withdrawn"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != staking.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(StakingWithdrawn)
	if len(log.Data) > 0 {
		if err := staking.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range staking.abi.Events[event].Inputs {
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
func (staking *Staking) UnpackError(raw []byte) (any, error) {
	if bytes.Equal(raw[:4], staking.abi.Errors["BadUnstakeSignature"].ID.Bytes()[:4]) {
		return staking.UnpackBadUnstakeSignatureError(raw[4:])
	}
	if bytes.Equal(raw[:4], staking.abi.Errors["InsufficientStake"].ID.Bytes()[:4]) {
		return staking.UnpackInsufficientStakeError(raw[4:])
	}
	if bytes.Equal(raw[:4], staking.abi.Errors["InvalidShortString"].ID.Bytes()[:4]) {
		return staking.UnpackInvalidShortStringError(raw[4:])
	}
	if bytes.Equal(raw[:4], staking.abi.Errors["NothingToWithdraw"].ID.Bytes()[:4]) {
		return staking.UnpackNothingToWithdrawError(raw[4:])
	}
	if bytes.Equal(raw[:4], staking.abi.Errors["SafeERC20FailedOperation"].ID.Bytes()[:4]) {
		return staking.UnpackSafeERC20FailedOperationError(raw[4:])
	}
	if bytes.Equal(raw[:4], staking.abi.Errors["StringTooLong"].ID.Bytes()[:4]) {
		return staking.UnpackStringTooLongError(raw[4:])
	}
	if bytes.Equal(raw[:4], staking.abi.Errors["TooEarly"].ID.Bytes()[:4]) {
		return staking.UnpackTooEarlyError(raw[4:])
	}
	if bytes.Equal(raw[:4], staking.abi.Errors["WrongNonce"].ID.Bytes()[:4]) {
		return staking.UnpackWrongNonceError(raw[4:])
	}
	if bytes.Equal(raw[:4], staking.abi.Errors["ZeroAmount"].ID.Bytes()[:4]) {
		return staking.UnpackZeroAmountError(raw[4:])
	}
	if bytes.Equal(raw[:4], staking.abi.Errors["ZeroToken"].ID.Bytes()[:4]) {
		return staking.UnpackZeroTokenError(raw[4:])
	}
	return nil, errors.New("Unknown error")
}

// StakingBadUnstakeSignature represents a BadUnstakeSignature error raised by the Staking contract.
type StakingBadUnstakeSignature struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error BadUnstakeSignature()
func StakingBadUnstakeSignatureErrorID() common.Hash {
	return common.HexToHash("0x8f0fd97a27e8d3f0989547b82024a93ab64798d215101db6f4b15bb62add4a9e")
}

// UnpackBadUnstakeSignatureError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error BadUnstakeSignature()
func (staking *Staking) UnpackBadUnstakeSignatureError(raw []byte) (*StakingBadUnstakeSignature, error) {
	out := new(StakingBadUnstakeSignature)
	if err := staking.abi.UnpackIntoInterface(out, "BadUnstakeSignature", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// StakingInsufficientStake represents a InsufficientStake error raised by the Staking contract.
type StakingInsufficientStake struct {
	Account common.Address
	Stake   *big.Int
	Amount  *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error InsufficientStake(address account, uint256 stake, uint256 amount)
func StakingInsufficientStakeErrorID() common.Hash {
	return common.HexToHash("0x936d426dd74f230ad5a4425fb8e2282c39c20abb35ad8a2da02a9b2239d6c390")
}

// UnpackInsufficientStakeError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error InsufficientStake(address account, uint256 stake, uint256 amount)
func (staking *Staking) UnpackInsufficientStakeError(raw []byte) (*StakingInsufficientStake, error) {
	out := new(StakingInsufficientStake)
	if err := staking.abi.UnpackIntoInterface(out, "InsufficientStake", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// StakingInvalidShortString represents a InvalidShortString error raised by the Staking contract.
type StakingInvalidShortString struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error InvalidShortString()
func StakingInvalidShortStringErrorID() common.Hash {
	return common.HexToHash("0xb3512b0c6163e5f0bafab72bb631b9d58cd7a731b082f910338aa21c83d5c274")
}

// UnpackInvalidShortStringError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error InvalidShortString()
func (staking *Staking) UnpackInvalidShortStringError(raw []byte) (*StakingInvalidShortString, error) {
	out := new(StakingInvalidShortString)
	if err := staking.abi.UnpackIntoInterface(out, "InvalidShortString", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// StakingNothingToWithdraw represents a NothingToWithdraw error raised by the Staking contract.
type StakingNothingToWithdraw struct {
	Account common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NothingToWithdraw(address account)
func StakingNothingToWithdrawErrorID() common.Hash {
	return common.HexToHash("0xdc69dc16e4a8405b44139edda9a06ee66b303337358b6f4633533d65de15b7f4")
}

// UnpackNothingToWithdrawError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NothingToWithdraw(address account)
func (staking *Staking) UnpackNothingToWithdrawError(raw []byte) (*StakingNothingToWithdraw, error) {
	out := new(StakingNothingToWithdraw)
	if err := staking.abi.UnpackIntoInterface(out, "NothingToWithdraw", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// StakingSafeERC20FailedOperation represents a SafeERC20FailedOperation error raised by the Staking contract.
type StakingSafeERC20FailedOperation struct {
	Token common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error SafeERC20FailedOperation(address token)
func StakingSafeERC20FailedOperationErrorID() common.Hash {
	return common.HexToHash("0x5274afe73c98b4749fc91ffae6b7b574e7842cb2144a159e9377a5f20b32edf9")
}

// UnpackSafeERC20FailedOperationError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error SafeERC20FailedOperation(address token)
func (staking *Staking) UnpackSafeERC20FailedOperationError(raw []byte) (*StakingSafeERC20FailedOperation, error) {
	out := new(StakingSafeERC20FailedOperation)
	if err := staking.abi.UnpackIntoInterface(out, "SafeERC20FailedOperation", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// StakingStringTooLong represents a StringTooLong error raised by the Staking contract.
type StakingStringTooLong struct {
	Str string
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error StringTooLong(string str)
func StakingStringTooLongErrorID() common.Hash {
	return common.HexToHash("0x305a27a93f8e33b7392df0a0f91d6fc63847395853c45991eec52dbf24d72381")
}

// UnpackStringTooLongError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error StringTooLong(string str)
func (staking *Staking) UnpackStringTooLongError(raw []byte) (*StakingStringTooLong, error) {
	out := new(StakingStringTooLong)
	if err := staking.abi.UnpackIntoInterface(out, "StringTooLong", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// StakingTooEarly represents a TooEarly error raised by the Staking contract.
type StakingTooEarly struct {
	ReleaseAt *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error TooEarly(uint256 releaseAt)
func StakingTooEarlyErrorID() common.Hash {
	return common.HexToHash("0x2a35a3246d5070e2b118858c24c2c4d23eaebe645b92ab746b92dd600c35a9d7")
}

// UnpackTooEarlyError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error TooEarly(uint256 releaseAt)
func (staking *Staking) UnpackTooEarlyError(raw []byte) (*StakingTooEarly, error) {
	out := new(StakingTooEarly)
	if err := staking.abi.UnpackIntoInterface(out, "TooEarly", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// StakingWrongNonce represents a WrongNonce error raised by the Staking contract.
type StakingWrongNonce struct {
	Nonce    *big.Int
	Expected *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error WrongNonce(uint256 nonce, uint256 expected)
func StakingWrongNonceErrorID() common.Hash {
	return common.HexToHash("0xa3c996d39e136a99a9c8994f2a66d9c727ac828dee12b8843f666d059ccb7e09")
}

// UnpackWrongNonceError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error WrongNonce(uint256 nonce, uint256 expected)
func (staking *Staking) UnpackWrongNonceError(raw []byte) (*StakingWrongNonce, error) {
	out := new(StakingWrongNonce)
	if err := staking.abi.UnpackIntoInterface(out, "WrongNonce", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// StakingZeroAmount represents a ZeroAmount error raised by the Staking contract.
type StakingZeroAmount struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ZeroAmount()
func StakingZeroAmountErrorID() common.Hash {
	return common.HexToHash("0x1f2a2005cb66a8e145327e8814e243a0996aec9bfe1e15a495778b1236dbd485")
}

// UnpackZeroAmountError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ZeroAmount()
func (staking *Staking) UnpackZeroAmountError(raw []byte) (*StakingZeroAmount, error) {
	out := new(StakingZeroAmount)
	if err := staking.abi.UnpackIntoInterface(out, "ZeroAmount", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// StakingZeroToken represents a ZeroToken error raised by the Staking contract.
type StakingZeroToken struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ZeroToken()
func StakingZeroTokenErrorID() common.Hash {
	return common.HexToHash("0xad1991f5b668db6ba8bd803a982b422e706e04bb48af3e23f18a7ddfa8e56f4d")
}

// UnpackZeroTokenError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ZeroToken()
func (staking *Staking) UnpackZeroTokenError(raw []byte) (*StakingZeroToken, error) {
	out := new(StakingZeroToken)
	if err := staking.abi.UnpackIntoInterface(out, "ZeroToken", raw); err != nil {
		return nil, err
	}
	return out, nil
}
