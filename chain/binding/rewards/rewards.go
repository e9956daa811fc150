// Code generated via abigen V2 - DO NOT EDIT.
// This file is a generated binding and any manual changes will be lost.

package rewards

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

// Voucher is an auto generated low-level Go binding around an user-defined struct.
type Voucher struct {
	Operator   common.Address
	Account    common.Address
	Cumulative *big.Int
}

// RewardsMetaData contains all meta data concerning the Rewards contract.
var RewardsMetaData = bind.MetaData{
	ABI: "[{\"inputs\":[{\"internalType\":\"contractIERC20\",\"name\":\"token\",\"type\":\"address\"}],\"stateMutability\":\"nonpayable\",\"type\":\"constructor\"},{\"inputs\":[],\"name\":\"BadVoucherSignature\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"operator\",\"type\":\"address\"},{\"internalType\":\"uint256\",\"name\":\"balance\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"needed\",\"type\":\"uint256\"}],\"name\":\"InsufficientFunds\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"InvalidShortString\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"accounts\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"amounts\",\"type\":\"uint256\"}],\"name\":\"LengthMismatch\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"operator\",\"type\":\"address\"}],\"name\":\"NothingAnnounced\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"token\",\"type\":\"address\"}],\"name\":\"SafeERC20FailedOperation\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"string\",\"name\":\"str\",\"type\":\"string\"}],\"name\":\"StringTooLong\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"readyAt\",\"type\":\"uint256\"}],\"name\":\"TooEarly\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"ZeroAmount\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"ZeroOperator\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"ZeroToken\",\"type\":\"error\"},{\"anonymous\":false,\"inputs\":[],\"name\":\"EIP712DomainChanged\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"operator\",\"type\":\"address\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"funder\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"amount\",\"type\":\"uint256\"}],\"name\":\"Funded\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"operator\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"amount\",\"type\":\"uint256\"}],\"name\":\"FundsWithdrawn\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"operator\",\"type\":\"address\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"amount\",\"type\":\"uint256\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"cumulative\",\"type\":\"uint256\"}],\"name\":\"Paid\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"operator\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"amount\",\"type\":\"uint256\"},{\"indexed\":false,\"internalType\":\"uint64\",\"name\":\"readyAt\",\"type\":\"uint64\"}],\"name\":\"WithdrawalAnnounced\",\"type\":\"event\"},{\"inputs\":[],\"name\":\"NOTICE\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"TOKEN\",\"outputs\":[{\"internalType\":\"contractIERC20\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"amount\",\"type\":\"uint256\"}],\"name\":\"announceWithdrawal\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"operator\",\"type\":\"address\"}],\"name\":\"balanceOf\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"eip712Domain\",\"outputs\":[{\"internalType\":\"bytes1\",\"name\":\"fields\",\"type\":\"bytes1\"},{\"internalType\":\"string\",\"name\":\"name\",\"type\":\"string\"},{\"internalType\":\"string\",\"name\":\"version\",\"type\":\"string\"},{\"internalType\":\"uint256\",\"name\":\"chainId\",\"type\":\"uint256\"},{\"internalType\":\"address\",\"name\":\"verifyingContract\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"salt\",\"type\":\"bytes32\"},{\"internalType\":\"uint256[]\",\"name\":\"extensions\",\"type\":\"uint256[]\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"operator\",\"type\":\"address\"},{\"internalType\":\"uint256\",\"name\":\"amount\",\"type\":\"uint256\"}],\"name\":\"fund\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"operator\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"}],\"name\":\"paid\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address[]\",\"name\":\"accounts\",\"type\":\"address[]\"},{\"internalType\":\"uint256[]\",\"name\":\"cumulative\",\"type\":\"uint256[]\"}],\"name\":\"payoutMany\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"components\":[{\"internalType\":\"address\",\"name\":\"operator\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"internalType\":\"uint256\",\"name\":\"cumulative\",\"type\":\"uint256\"}],\"internalType\":\"structVoucher\",\"name\":\"voucher\",\"type\":\"tuple\"},{\"components\":[{\"internalType\":\"bytes32\",\"name\":\"r\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"vs\",\"type\":\"bytes32\"}],\"internalType\":\"structSig\",\"name\":\"sig\",\"type\":\"tuple\"}],\"name\":\"redeem\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"withdrawFunds\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"operator\",\"type\":\"address\"}],\"name\":\"withdrawals\",\"outputs\":[{\"internalType\":\"uint192\",\"name\":\"amount\",\"type\":\"uint192\"},{\"internalType\":\"uint64\",\"name\":\"readyAt\",\"type\":\"uint64\"}],\"stateMutability\":\"view\",\"type\":\"function\"}]",
	ID:  "Rewards",
	Bin: "0x610180604052348015610010575f5ffd5b5060405161143f38038061143f83398101604081905261002f9161019f565b6040518060400160405280600d81526020016c7072697664205265776172647360981b815250604051806040016040528060018152602001603160f81b81525061007e8261015960201b60201c565b6101205261008b81610159565b61014052815160208084019190912060e052815190820120610100524660a05261011760e05161010051604080517f8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f60208201529081019290925260608201524660808201523060a08201525f9060c00160405160208183030381529060405280519060200120905090565b60805250503060c0526001600160a01b0381166101475760405163ad1991f560e01b815260040160405180910390fd5b6001600160a01b031661016052610227565b5f5f829050601f8151111561018c578260405163305a27a960e01b815260040161018391906101cc565b60405180910390fd5b805161019782610201565b179392505050565b5f602082840312156101af575f5ffd5b81516001600160a01b03811681146101c5575f5ffd5b9392505050565b602081525f82518060208401528060208501604085015e5f604082850101526040601f19601f83011684010191505092915050565b80516020808301519190811015610221575f198160200360031b1b821691505b50919050565b60805160a05160c05160e051610100516101205161014051610160516111a161029e5f395f81816101bb015281816103710152818161052901528181610671015261075e01525f610b0901525f610ad901525f610c6801525f610c4001525f610b9b01525f610bc501525f610bef01526111a15ff3fe608060405234801561000f575f5ffd5b50600436106100a6575f3560e01c806370a082311161006e57806370a08231146101215780637a9262a2146101405780637b1837de146101a357806382bfefc8146101b657806384b0196e146101f5578063ba7e312814610210575f5ffd5b806324600fc3146100aa578063386decde146100b45780634bfee686146100c75780634d900d95146100e45780636c10973d1461010e575b5f5ffd5b6100b2610223565b005b6100b26100c2366004610ecb565b61039d565b6100d162093a8081565b6040519081526020015b60405180910390f35b6100d16100f2366004610f52565b600360209081525f928352604080842090915290825290205481565b6100b261011c366004610f83565b610571565b6100d161012f366004610fc4565b60026020525f908152604090205481565b61017b61014e366004610fc4565b60046020525f90815260409020546001600160c01b03811690600160c01b900467ffffffffffffffff1682565b604080516001600160c01b03909316835267ffffffffffffffff9091166020830152016100db565b6100b26101b1366004610fdd565b61069e565b6101dd7f000000000000000000000000000000000000000000000000000000000000000081565b6040516001600160a01b0390911681526020016100db565b6101fd61078a565b6040516100db9796959493929190611033565b6100b261021e3660046110c9565b6107cc565b335f9081526004602090815260408083208151808301909252546001600160c01b0381168252600160c01b900467ffffffffffffffff169181018290529103610286576040516311a3161b60e01b81523360048201526024015b60405180910390fd5b806020015167ffffffffffffffff164210156102c7576020810151604051630a8d68c960e21b815267ffffffffffffffff909116600482015260240161027d565b335f9081526002602052604081205482519091906001600160c01b031682116102f057816102fc565b82516001600160c01b03165b335f90815260046020526040812055905061031781836110f4565b335f81815260026020526040908190209290925590517feaff4b37086828766ad3268786972c0cd24259d4c87a80f9d3963a3c3d999b0d9061035c9084815260200190565b60405180910390a26103986001600160a01b037f00000000000000000000000000000000000000000000000000000000000000001633836108b3565b505050565b8281146103c7576040516355c5b3e360e11b8152600481018490526024810182905260440161027d565b5f8367ffffffffffffffff8111156103e1576103e1611107565b60405190808252806020026020018201604052801561040a578160200160208202803683370190505b5090505f5f5b858110156104ae576104613388888481811061042e5761042e61111b565b90506020020160208101906104439190610fc4565b8787858181106104555761045561111b565b905060200201356108e8565b8382815181106104735761047361111b565b6020026020010181815250508281815181106104915761049161111b565b6020026020010151826104a4919061112f565b9150600101610410565b506104b9338261099a565b5f5b85811015610568578281815181106104d5576104d561111b565b60200260200101515f14610560576105608787838181106104f8576104f861111b565b905060200201602081019061050d9190610fc4565b84838151811061051f5761051f61111b565b60200260200101517f00000000000000000000000000000000000000000000000000000000000000006001600160a01b03166108b39092919063ffffffff16565b6001016104bb565b50505050505050565b5f6105c37f6d8f5f0f076d8c8c27e6774971f278dc59fc26435aa749685281142fab8d2ac0846040516020016105a8929190611142565b60405160208183030381529060405280519060200120610a16565b90506105e781836105d76020870187610fc4565b6001600160a01b03169190610a48565b6106045760405163da80164360e01b815260040160405180910390fd5b5f61062f6106156020860186610fc4565b6106256040870160208801610fc4565b86604001356108e8565b9050805f0361063e5750505050565b61065461064e6020860186610fc4565b8261099a565b6106986106676040860160208701610fc4565b6001600160a01b037f00000000000000000000000000000000000000000000000000000000000000001690836108b3565b50505050565b6001600160a01b0382166106c5576040516389961e9160e01b815260040160405180910390fd5b805f036106e557604051631f2a200560e01b815260040160405180910390fd5b6001600160a01b0382165f908152600260205260408120805483929061070c90849061112f565b909155505060405181815233906001600160a01b038416907f3b5083eec1a1116c56de5d6841cff8efc6a0aec9850e836ec509d6ce024ea5619060200160405180910390a36107866001600160a01b037f000000000000000000000000000000000000000000000000000000000000000016333084610a9c565b5050565b5f6060805f5f5f606061079b610ad2565b6107a3610b02565b604080515f80825260208201909252600f60f81b9b939a50919850469750309650945092509050565b335f908152600260205260409020548082111561080c57604051632e2a182f60e11b8152336004820152602481018290526044810183905260640161027d565b5f82156108255761082062093a804261112f565b610827565b5f5b6040805180820182526001600160c01b03868116825267ffffffffffffffff8481166020808501828152335f8181526004845288902096519151909416600160c01b02941693909317909355835188815291820192909252929350917f74030ea9177316af894f61f85db949d013ca218a672300d278643ff411c93971910160405180910390a2505050565b6108c08383836001610b2d565b61039857604051635274afe760e01b81526001600160a01b038416600482015260240161027d565b6001600160a01b038084165f90815260036020908152604080832093861683529290529081205480831161091f575f915050610993565b61092981846110f4565b6001600160a01b038681165f818152600360209081526040808320948a16808452948252918290208890558151858152908101889052939550919290917f26c4308021cef5cdbc618fee8b61faf9de6b8f7e4e49fac43869dc1a26756408910160405180910390a3505b9392505050565b6001600160a01b0382165f90815260026020526040902054808211156109ec57604051632e2a182f60e11b81526001600160a01b0384166004820152602481018290526044810183905260640161027d565b6109f682826110f4565b6001600160a01b039093165f908152600260205260409020929092555050565b5f610a42610a22610b8f565b8360405161190160f01b8152600281019290925260228201526042902090565b92915050565b5f8080610a5b8585356020870135610cb8565b5090925090505f816003811115610a7457610a7461118d565b148015610a925750856001600160a01b0316826001600160a01b0316145b9695505050505050565b610aaa848484846001610cea565b61069857604051635274afe760e01b81526001600160a01b038516600482015260240161027d565b6060610afd7f0000000000000000000000000000000000000000000000000000000000000000610d57565b905090565b6060610afd7f0000000000000000000000000000000000000000000000000000000000000000610d57565b60405163a9059cbb60e01b5f8181526001600160a01b038616600452602485905291602083604481808b5af1925060015f51148316610b83578383151615610b77573d5f823e3d81fd5b5f873b113d1516831692505b60405250949350505050565b5f306001600160a01b037f000000000000000000000000000000000000000000000000000000000000000016148015610be757507f000000000000000000000000000000000000000000000000000000000000000046145b15610c1157507f000000000000000000000000000000000000000000000000000000000000000090565b610afd604080517f8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f60208201527f0000000000000000000000000000000000000000000000000000000000000000918101919091527f000000000000000000000000000000000000000000000000000000000000000060608201524660808201523060a08201525f9060c00160405160208183030381529060405280519060200120905090565b5f80806001600160ff1b038416601b60ff86901c01610cd988828985610d94565b945094509450505093509350939050565b6040516323b872dd60e01b5f8181526001600160a01b038781166004528616602452604485905291602083606481808c5af1925060015f51148316610d46578383151615610d3a573d5f823e3d81fd5b5f883b113d1516831692505b604052505f60605295945050505050565b60605f610d6383610e5c565b6040805160208082528183019092529192505f91906020820181803683375050509182525060208101929092525090565b5f80807f7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0841115610dcd57505f91506003905082610e52565b604080515f808252602082018084528a905260ff891692820192909252606081018790526080810186905260019060a0016020604051602081039080840390855afa158015610e1e573d5f5f3e3d5ffd5b5050604051601f1901519150506001600160a01b038116610e4957505f925060019150829050610e52565b92505f91508190505b9450945094915050565b5f60ff8216601f811115610a4257604051632cd44ac360e21b815260040160405180910390fd5b5f5f83601f840112610e93575f5ffd5b50813567ffffffffffffffff811115610eaa575f5ffd5b6020830191508360208260051b8501011115610ec4575f5ffd5b9250929050565b5f5f5f5f60408587031215610ede575f5ffd5b843567ffffffffffffffff811115610ef4575f5ffd5b610f0087828801610e83565b909550935050602085013567ffffffffffffffff811115610f1f575f5ffd5b610f2b87828801610e83565b95989497509550505050565b80356001600160a01b0381168114610f4d575f5ffd5b919050565b5f5f60408385031215610f63575f5ffd5b610f6c83610f37565b9150610f7a60208401610f37565b90509250929050565b5f5f82840360a0811215610f95575f5ffd5b6060811215610fa2575f5ffd5b8392506040605f1982011215610fb6575f5ffd5b506060830190509250929050565b5f60208284031215610fd4575f5ffd5b61099382610f37565b5f5f60408385031215610fee575f5ffd5b610ff783610f37565b946020939093013593505050565b5f81518084528060208401602086015e5f602082860101526020601f19601f83011685010191505092915050565b60ff60f81b8816815260e060208201525f61105160e0830189611005565b82810360408401526110638189611005565b606084018890526001600160a01b038716608085015260a0840186905283810360c0850152845180825260208087019350909101905f5b818110156110b857835183526020938401939092019160010161109a565b50909b9a5050505050505050505050565b5f602082840312156110d9575f5ffd5b5035919050565b634e487b7160e01b5f52601160045260245ffd5b81810381811115610a4257610a426110e0565b634e487b7160e01b5f52604160045260245ffd5b634e487b7160e01b5f52603260045260245ffd5b80820180821115610a4257610a426110e0565b828152608081016001600160a01b0361115a84610f37565b16602083015260018060a01b0361117360208501610f37565b166040838101919091529290920135606090910152919050565b634e487b7160e01b5f52602160045260245ffd",
}

// Rewards is an auto generated Go binding around an Ethereum contract.
type Rewards struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *Rewards) GetABI() abi.ABI {
	return c.abi
}

// NewRewards creates a new instance of Rewards.
func NewRewards() *Rewards {
	parsed, err := RewardsMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &Rewards{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *Rewards) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackConstructor is the Go binding used to pack the parameters required for
// contract deployment.
//
// Solidity: constructor(address token) returns()
func (rewards *Rewards) PackConstructor(token common.Address) []byte {
	enc, err := rewards.abi.Pack("", token)
	if err != nil {
		panic(err)
	}
	return enc
}

// PackNOTICE is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x4bfee686.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function NOTICE() view returns(uint256)
func (rewards *Rewards) PackNOTICE() []byte {
	enc, err := rewards.abi.Pack("NOTICE")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackNOTICE is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x4bfee686.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function NOTICE() view returns(uint256)
func (rewards *Rewards) TryPackNOTICE() ([]byte, error) {
	return rewards.abi.Pack("NOTICE")
}

// UnpackNOTICE is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x4bfee686.
//
// Solidity: function NOTICE() view returns(uint256)
func (rewards *Rewards) UnpackNOTICE(data []byte) (*big.Int, error) {
	out, err := rewards.abi.Unpack("NOTICE", data)
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
func (rewards *Rewards) PackTOKEN() []byte {
	enc, err := rewards.abi.Pack("TOKEN")
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
func (rewards *Rewards) TryPackTOKEN() ([]byte, error) {
	return rewards.abi.Pack("TOKEN")
}

// UnpackTOKEN is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x82bfefc8.
//
// Solidity: function TOKEN() view returns(address)
func (rewards *Rewards) UnpackTOKEN(data []byte) (common.Address, error) {
	out, err := rewards.abi.Unpack("TOKEN", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackAnnounceWithdrawal is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xba7e3128.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function announceWithdrawal(uint256 amount) returns()
func (rewards *Rewards) PackAnnounceWithdrawal(amount *big.Int) []byte {
	enc, err := rewards.abi.Pack("announceWithdrawal", amount)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackAnnounceWithdrawal is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xba7e3128.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function announceWithdrawal(uint256 amount) returns()
func (rewards *Rewards) TryPackAnnounceWithdrawal(amount *big.Int) ([]byte, error) {
	return rewards.abi.Pack("announceWithdrawal", amount)
}

// PackBalanceOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x70a08231.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function balanceOf(address operator) view returns(uint256)
func (rewards *Rewards) PackBalanceOf(operator common.Address) []byte {
	enc, err := rewards.abi.Pack("balanceOf", operator)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackBalanceOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x70a08231.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function balanceOf(address operator) view returns(uint256)
func (rewards *Rewards) TryPackBalanceOf(operator common.Address) ([]byte, error) {
	return rewards.abi.Pack("balanceOf", operator)
}

// UnpackBalanceOf is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x70a08231.
//
// Solidity: function balanceOf(address operator) view returns(uint256)
func (rewards *Rewards) UnpackBalanceOf(data []byte) (*big.Int, error) {
	out, err := rewards.abi.Unpack("balanceOf", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackEip712Domain is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x84b0196e.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function eip712Domain() view returns(bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] extensions)
func (rewards *Rewards) PackEip712Domain() []byte {
	enc, err := rewards.abi.Pack("eip712Domain")
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
func (rewards *Rewards) TryPackEip712Domain() ([]byte, error) {
	return rewards.abi.Pack("eip712Domain")
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
func (rewards *Rewards) UnpackEip712Domain(data []byte) (Eip712DomainOutput, error) {
	out, err := rewards.abi.Unpack("eip712Domain", data)
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

// PackFund is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x7b1837de.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function fund(address operator, uint256 amount) returns()
func (rewards *Rewards) PackFund(operator common.Address, amount *big.Int) []byte {
	enc, err := rewards.abi.Pack("fund", operator, amount)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackFund is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x7b1837de.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function fund(address operator, uint256 amount) returns()
func (rewards *Rewards) TryPackFund(operator common.Address, amount *big.Int) ([]byte, error) {
	return rewards.abi.Pack("fund", operator, amount)
}

// PackPaid is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x4d900d95.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function paid(address operator, address account) view returns(uint256)
func (rewards *Rewards) PackPaid(operator common.Address, account common.Address) []byte {
	enc, err := rewards.abi.Pack("paid", operator, account)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPaid is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x4d900d95.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function paid(address operator, address account) view returns(uint256)
func (rewards *Rewards) TryPackPaid(operator common.Address, account common.Address) ([]byte, error) {
	return rewards.abi.Pack("paid", operator, account)
}

// UnpackPaid is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x4d900d95.
//
// Solidity: function paid(address operator, address account) view returns(uint256)
func (rewards *Rewards) UnpackPaid(data []byte) (*big.Int, error) {
	out, err := rewards.abi.Unpack("paid", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackPayoutMany is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x386decde.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function payoutMany(address[] accounts, uint256[] cumulative) returns()
func (rewards *Rewards) PackPayoutMany(accounts []common.Address, cumulative []*big.Int) []byte {
	enc, err := rewards.abi.Pack("payoutMany", accounts, cumulative)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPayoutMany is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x386decde.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function payoutMany(address[] accounts, uint256[] cumulative) returns()
func (rewards *Rewards) TryPackPayoutMany(accounts []common.Address, cumulative []*big.Int) ([]byte, error) {
	return rewards.abi.Pack("payoutMany", accounts, cumulative)
}

// PackRedeem is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6c10973d.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function redeem((address,address,uint256) voucher, (bytes32,bytes32) sig) returns()
func (rewards *Rewards) PackRedeem(voucher Voucher, sig Sig) []byte {
	enc, err := rewards.abi.Pack("redeem", voucher, sig)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRedeem is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6c10973d.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function redeem((address,address,uint256) voucher, (bytes32,bytes32) sig) returns()
func (rewards *Rewards) TryPackRedeem(voucher Voucher, sig Sig) ([]byte, error) {
	return rewards.abi.Pack("redeem", voucher, sig)
}

// PackWithdrawFunds is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x24600fc3.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function withdrawFunds() returns()
func (rewards *Rewards) PackWithdrawFunds() []byte {
	enc, err := rewards.abi.Pack("withdrawFunds")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackWithdrawFunds is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x24600fc3.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function withdrawFunds() returns()
func (rewards *Rewards) TryPackWithdrawFunds() ([]byte, error) {
	return rewards.abi.Pack("withdrawFunds")
}

// PackWithdrawals is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x7a9262a2.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function withdrawals(address operator) view returns(uint192 amount, uint64 readyAt)
func (rewards *Rewards) PackWithdrawals(operator common.Address) []byte {
	enc, err := rewards.abi.Pack("withdrawals", operator)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackWithdrawals is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x7a9262a2.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function withdrawals(address operator) view returns(uint192 amount, uint64 readyAt)
func (rewards *Rewards) TryPackWithdrawals(operator common.Address) ([]byte, error) {
	return rewards.abi.Pack("withdrawals", operator)
}

// WithdrawalsOutput serves as a container for the return parameters of contract
// method Withdrawals.
type WithdrawalsOutput struct {
	Amount  *big.Int
	ReadyAt uint64
}

// UnpackWithdrawals is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x7a9262a2.
//
// Solidity: function withdrawals(address operator) view returns(uint192 amount, uint64 readyAt)
func (rewards *Rewards) UnpackWithdrawals(data []byte) (WithdrawalsOutput, error) {
	out, err := rewards.abi.Unpack("withdrawals", data)
	outstruct := new(WithdrawalsOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.Amount = abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	outstruct.ReadyAt = *abi.ConvertType(out[1], new(uint64)).(*uint64)
	return *outstruct, nil
}

// RewardsEIP712DomainChanged represents a EIP712DomainChanged event raised by the Rewards contract.
type RewardsEIP712DomainChanged struct {
	Raw *types.Log // Blockchain specific contextual infos
}

const RewardsEIP712DomainChangedEventName = "EIP712DomainChanged"

// ContractEventName returns the user-defined event name.
func (RewardsEIP712DomainChanged) ContractEventName() string {
	return RewardsEIP712DomainChangedEventName
}

// UnpackEIP712DomainChangedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event EIP712DomainChanged()
func (rewards *Rewards) UnpackEIP712DomainChangedEvent(log *types.Log) (*RewardsEIP712DomainChanged, error) {
	event := "EIP712DomainChanged"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != rewards.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RewardsEIP712DomainChanged)
	if len(log.Data) > 0 {
		if err := rewards.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range rewards.abi.Events[event].Inputs {
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

// RewardsFunded represents a Funded event raised by the Rewards contract.
type RewardsFunded struct {
	Operator common.Address
	Funder   common.Address
	Amount   *big.Int
	Raw      *types.Log // Blockchain specific contextual infos
}

const RewardsFundedEventName = "Funded"

// ContractEventName returns the user-defined event name.
func (RewardsFunded) ContractEventName() string {
	return RewardsFundedEventName
}

// UnpackFundedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Funded(address indexed operator, address indexed funder, uint256 amount)
func (rewards *Rewards) UnpackFundedEvent(log *types.Log) (*RewardsFunded, error) {
	event := "Funded"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != rewards.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RewardsFunded)
	if len(log.Data) > 0 {
		if err := rewards.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range rewards.abi.Events[event].Inputs {
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

// RewardsFundsWithdrawn represents a FundsWithdrawn event raised by the Rewards contract.
type RewardsFundsWithdrawn struct {
	Operator common.Address
	Amount   *big.Int
	Raw      *types.Log // Blockchain specific contextual infos
}

const RewardsFundsWithdrawnEventName = "FundsWithdrawn"

// ContractEventName returns the user-defined event name.
func (RewardsFundsWithdrawn) ContractEventName() string {
	return RewardsFundsWithdrawnEventName
}

// UnpackFundsWithdrawnEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event FundsWithdrawn(address indexed operator, uint256 amount)
func (rewards *Rewards) UnpackFundsWithdrawnEvent(log *types.Log) (*RewardsFundsWithdrawn, error) {
	event := "FundsWithdrawn"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != rewards.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RewardsFundsWithdrawn)
	if len(log.Data) > 0 {
		if err := rewards.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range rewards.abi.Events[event].Inputs {
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

// RewardsPaid represents a Paid event raised by the Rewards contract.
type RewardsPaid struct {
	Operator   common.Address
	Account    common.Address
	Amount     *big.Int
	Cumulative *big.Int
	Raw        *types.Log // Blockchain specific contextual infos
}

const RewardsPaidEventName = "Paid"

// ContractEventName returns the user-defined event name.
func (RewardsPaid) ContractEventName() string {
	return RewardsPaidEventName
}

// UnpackPaidEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Paid(address indexed operator, address indexed account, uint256 amount, uint256 cumulative)
func (rewards *Rewards) UnpackPaidEvent(log *types.Log) (*RewardsPaid, error) {
	event := "Paid"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != rewards.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RewardsPaid)
	if len(log.Data) > 0 {
		if err := rewards.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range rewards.abi.Events[event].Inputs {
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

// RewardsWithdrawalAnnounced represents a WithdrawalAnnounced event raised by the Rewards contract.
type RewardsWithdrawalAnnounced struct {
	Operator common.Address
	Amount   *big.Int
	ReadyAt  uint64
	Raw      *types.Log // Blockchain specific contextual infos
}

const RewardsWithdrawalAnnouncedEventName = "WithdrawalAnnounced"

// ContractEventName returns the user-defined event name.
func (RewardsWithdrawalAnnounced) ContractEventName() string {
	return RewardsWithdrawalAnnouncedEventName
}

// UnpackWithdrawalAnnouncedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event WithdrawalAnnounced(address indexed operator, uint256 amount, uint64 readyAt)
func (rewards *Rewards) UnpackWithdrawalAnnouncedEvent(log *types.Log) (*RewardsWithdrawalAnnounced, error) {
	event := "WithdrawalAnnounced"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != rewards.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RewardsWithdrawalAnnounced)
	if len(log.Data) > 0 {
		if err := rewards.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range rewards.abi.Events[event].Inputs {
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
func (rewards *Rewards) UnpackError(raw []byte) (any, error) {
	if bytes.Equal(raw[:4], rewards.abi.Errors["BadVoucherSignature"].ID.Bytes()[:4]) {
		return rewards.UnpackBadVoucherSignatureError(raw[4:])
	}
	if bytes.Equal(raw[:4], rewards.abi.Errors["InsufficientFunds"].ID.Bytes()[:4]) {
		return rewards.UnpackInsufficientFundsError(raw[4:])
	}
	if bytes.Equal(raw[:4], rewards.abi.Errors["InvalidShortString"].ID.Bytes()[:4]) {
		return rewards.UnpackInvalidShortStringError(raw[4:])
	}
	if bytes.Equal(raw[:4], rewards.abi.Errors["LengthMismatch"].ID.Bytes()[:4]) {
		return rewards.UnpackLengthMismatchError(raw[4:])
	}
	if bytes.Equal(raw[:4], rewards.abi.Errors["NothingAnnounced"].ID.Bytes()[:4]) {
		return rewards.UnpackNothingAnnouncedError(raw[4:])
	}
	if bytes.Equal(raw[:4], rewards.abi.Errors["SafeERC20FailedOperation"].ID.Bytes()[:4]) {
		return rewards.UnpackSafeERC20FailedOperationError(raw[4:])
	}
	if bytes.Equal(raw[:4], rewards.abi.Errors["StringTooLong"].ID.Bytes()[:4]) {
		return rewards.UnpackStringTooLongError(raw[4:])
	}
	if bytes.Equal(raw[:4], rewards.abi.Errors["TooEarly"].ID.Bytes()[:4]) {
		return rewards.UnpackTooEarlyError(raw[4:])
	}
	if bytes.Equal(raw[:4], rewards.abi.Errors["ZeroAmount"].ID.Bytes()[:4]) {
		return rewards.UnpackZeroAmountError(raw[4:])
	}
	if bytes.Equal(raw[:4], rewards.abi.Errors["ZeroOperator"].ID.Bytes()[:4]) {
		return rewards.UnpackZeroOperatorError(raw[4:])
	}
	if bytes.Equal(raw[:4], rewards.abi.Errors["ZeroToken"].ID.Bytes()[:4]) {
		return rewards.UnpackZeroTokenError(raw[4:])
	}
	return nil, errors.New("Unknown error")
}

// RewardsBadVoucherSignature represents a BadVoucherSignature error raised by the Rewards contract.
type RewardsBadVoucherSignature struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error BadVoucherSignature()
func RewardsBadVoucherSignatureErrorID() common.Hash {
	return common.HexToHash("0xda8016438bb965e7d5451b8982a0bde13ba0159a75f6f178326d82b13288ce2c")
}

// UnpackBadVoucherSignatureError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error BadVoucherSignature()
func (rewards *Rewards) UnpackBadVoucherSignatureError(raw []byte) (*RewardsBadVoucherSignature, error) {
	out := new(RewardsBadVoucherSignature)
	if err := rewards.abi.UnpackIntoInterface(out, "BadVoucherSignature", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RewardsInsufficientFunds represents a InsufficientFunds error raised by the Rewards contract.
type RewardsInsufficientFunds struct {
	Operator common.Address
	Balance  *big.Int
	Needed   *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error InsufficientFunds(address operator, uint256 balance, uint256 needed)
func RewardsInsufficientFundsErrorID() common.Hash {
	return common.HexToHash("0x5c54305ea97a090f7d52fb57465b618e802d25aa7b81e138910eb721cdde8dbd")
}

// UnpackInsufficientFundsError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error InsufficientFunds(address operator, uint256 balance, uint256 needed)
func (rewards *Rewards) UnpackInsufficientFundsError(raw []byte) (*RewardsInsufficientFunds, error) {
	out := new(RewardsInsufficientFunds)
	if err := rewards.abi.UnpackIntoInterface(out, "InsufficientFunds", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RewardsInvalidShortString represents a InvalidShortString error raised by the Rewards contract.
type RewardsInvalidShortString struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error InvalidShortString()
func RewardsInvalidShortStringErrorID() common.Hash {
	return common.HexToHash("0xb3512b0c6163e5f0bafab72bb631b9d58cd7a731b082f910338aa21c83d5c274")
}

// UnpackInvalidShortStringError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error InvalidShortString()
func (rewards *Rewards) UnpackInvalidShortStringError(raw []byte) (*RewardsInvalidShortString, error) {
	out := new(RewardsInvalidShortString)
	if err := rewards.abi.UnpackIntoInterface(out, "InvalidShortString", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RewardsLengthMismatch represents a LengthMismatch error raised by the Rewards contract.
type RewardsLengthMismatch struct {
	Accounts *big.Int
	Amounts  *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error LengthMismatch(uint256 accounts, uint256 amounts)
func RewardsLengthMismatchErrorID() common.Hash {
	return common.HexToHash("0xab8b67c6893c59617ef3ba4b4b942e9791f2572db2fdb32028356532f3b7396a")
}

// UnpackLengthMismatchError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error LengthMismatch(uint256 accounts, uint256 amounts)
func (rewards *Rewards) UnpackLengthMismatchError(raw []byte) (*RewardsLengthMismatch, error) {
	out := new(RewardsLengthMismatch)
	if err := rewards.abi.UnpackIntoInterface(out, "LengthMismatch", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RewardsNothingAnnounced represents a NothingAnnounced error raised by the Rewards contract.
type RewardsNothingAnnounced struct {
	Operator common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NothingAnnounced(address operator)
func RewardsNothingAnnouncedErrorID() common.Hash {
	return common.HexToHash("0x11a3161ba397bac3f1b498230c86eed4f19f0b19ef28c4337bd01d08059337bc")
}

// UnpackNothingAnnouncedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NothingAnnounced(address operator)
func (rewards *Rewards) UnpackNothingAnnouncedError(raw []byte) (*RewardsNothingAnnounced, error) {
	out := new(RewardsNothingAnnounced)
	if err := rewards.abi.UnpackIntoInterface(out, "NothingAnnounced", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RewardsSafeERC20FailedOperation represents a SafeERC20FailedOperation error raised by the Rewards contract.
type RewardsSafeERC20FailedOperation struct {
	Token common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error SafeERC20FailedOperation(address token)
func RewardsSafeERC20FailedOperationErrorID() common.Hash {
	return common.HexToHash("0x5274afe73c98b4749fc91ffae6b7b574e7842cb2144a159e9377a5f20b32edf9")
}

// UnpackSafeERC20FailedOperationError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error SafeERC20FailedOperation(address token)
func (rewards *Rewards) UnpackSafeERC20FailedOperationError(raw []byte) (*RewardsSafeERC20FailedOperation, error) {
	out := new(RewardsSafeERC20FailedOperation)
	if err := rewards.abi.UnpackIntoInterface(out, "SafeERC20FailedOperation", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RewardsStringTooLong represents a StringTooLong error raised by the Rewards contract.
type RewardsStringTooLong struct {
	Str string
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error StringTooLong(string str)
func RewardsStringTooLongErrorID() common.Hash {
	return common.HexToHash("0x305a27a93f8e33b7392df0a0f91d6fc63847395853c45991eec52dbf24d72381")
}

// UnpackStringTooLongError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error StringTooLong(string str)
func (rewards *Rewards) UnpackStringTooLongError(raw []byte) (*RewardsStringTooLong, error) {
	out := new(RewardsStringTooLong)
	if err := rewards.abi.UnpackIntoInterface(out, "StringTooLong", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RewardsTooEarly represents a TooEarly error raised by the Rewards contract.
type RewardsTooEarly struct {
	ReadyAt *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error TooEarly(uint256 readyAt)
func RewardsTooEarlyErrorID() common.Hash {
	return common.HexToHash("0x2a35a3246d5070e2b118858c24c2c4d23eaebe645b92ab746b92dd600c35a9d7")
}

// UnpackTooEarlyError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error TooEarly(uint256 readyAt)
func (rewards *Rewards) UnpackTooEarlyError(raw []byte) (*RewardsTooEarly, error) {
	out := new(RewardsTooEarly)
	if err := rewards.abi.UnpackIntoInterface(out, "TooEarly", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RewardsZeroAmount represents a ZeroAmount error raised by the Rewards contract.
type RewardsZeroAmount struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ZeroAmount()
func RewardsZeroAmountErrorID() common.Hash {
	return common.HexToHash("0x1f2a2005cb66a8e145327e8814e243a0996aec9bfe1e15a495778b1236dbd485")
}

// UnpackZeroAmountError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ZeroAmount()
func (rewards *Rewards) UnpackZeroAmountError(raw []byte) (*RewardsZeroAmount, error) {
	out := new(RewardsZeroAmount)
	if err := rewards.abi.UnpackIntoInterface(out, "ZeroAmount", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RewardsZeroOperator represents a ZeroOperator error raised by the Rewards contract.
type RewardsZeroOperator struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ZeroOperator()
func RewardsZeroOperatorErrorID() common.Hash {
	return common.HexToHash("0x89961e91613b49840d0ff97d3c49f058682f235a628f47cb992df4aad1949179")
}

// UnpackZeroOperatorError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ZeroOperator()
func (rewards *Rewards) UnpackZeroOperatorError(raw []byte) (*RewardsZeroOperator, error) {
	out := new(RewardsZeroOperator)
	if err := rewards.abi.UnpackIntoInterface(out, "ZeroOperator", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RewardsZeroToken represents a ZeroToken error raised by the Rewards contract.
type RewardsZeroToken struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ZeroToken()
func RewardsZeroTokenErrorID() common.Hash {
	return common.HexToHash("0xad1991f5b668db6ba8bd803a982b422e706e04bb48af3e23f18a7ddfa8e56f4d")
}

// UnpackZeroTokenError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ZeroToken()
func (rewards *Rewards) UnpackZeroTokenError(raw []byte) (*RewardsZeroToken, error) {
	out := new(RewardsZeroToken)
	if err := rewards.abi.UnpackIntoInterface(out, "ZeroToken", raw); err != nil {
		return nil, err
	}
	return out, nil
}
