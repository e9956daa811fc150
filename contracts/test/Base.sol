// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PrivToken} from "../src/PrivToken.sol";
import {Sig} from "../src/Signed.sol";

/// @notice The cheat codes these tests use, declared here so that no test library is needed.
interface Vm {
    struct Gas {
        uint64 gasLimit;
        uint64 gasTotalUsed;
        uint64 gasMemoryUsed;
        int64 gasRefunded;
        uint64 gasRemaining;
    }

    function warp(uint256 timestamp) external;
    function chainId(uint256 id) external;
    function load(address where, bytes32 slot) external view returns (bytes32);
    function etch(address where, bytes calldata code) external;
    function prank(address sender) external;
    function addr(uint256 privateKey) external pure returns (address);
    function sign(uint256 privateKey, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function assume(bool condition) external pure;
    function expectRevert(bytes calldata data) external;
    function expectRevert(bytes4 selector) external;
    function expectEmit(address emitter) external;
    function lastCallGas() external view returns (Gas memory);
    function snapshotValue(string calldata group, string calldata name, uint256 value) external;
    function assertEq(uint256 got, uint256 want) external pure;
    function assertEq(uint256 got, uint256 want, string calldata what) external pure;
    function assertEq(address got, address want) external pure;
    function assertEq(bytes32 got, bytes32 want) external pure;
    function assertEq(bytes32 got, bytes32 want, string calldata what) external pure;
    function assertEq(string calldata got, string calldata want) external pure;
    function assertTrue(bool condition) external pure;
    function assertTrue(bool condition, string calldata what) external pure;
    function assertFalse(bool condition) external pure;
    function assertLe(uint256 got, uint256 want, string calldata what) external pure;
    function assertGe(uint256 got, uint256 want, string calldata what) external pure;
}

bytes32 constant RECEIVE_TYPEHASH = keccak256(
    "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
);

/// @notice Which functions of a contract forge calls in an invariant test.
struct Selectors {
    address addr;
    bytes4[] selectors;
}

/// @notice What all tests share: cheat codes, signing, a token.
abstract contract Base {
    bool public constant IS_TEST = true;
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @dev Where the tests' clock starts, unix time.
    uint256 internal constant START = 1_790_000_000;

    /// @dev Maps a fuzzed number into lo..hi.
    function bound(uint256 x, uint256 lo, uint256 hi) internal pure returns (uint256) {
        uint256 n = hi - lo + 1;
        return n == 0 ? x : lo + x % n;
    }

    function sign(uint256 key, bytes32 digest) internal pure returns (Sig memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return Sig(r, bytes32(uint256(s) | (uint256(v - 27) << 255)));
    }

    /// @dev The signature with the other s: recovers to the same address where it is not refused.
    function flip(Sig memory sig) internal pure returns (Sig memory) {
        uint256 order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
        uint256 s = uint256(sig.vs) & (type(uint256).max >> 1);
        uint256 parity = uint256(sig.vs) >> 255;
        return Sig(sig.r, bytes32((order - s) | ((1 - parity) << 255)));
    }

    function separator(string memory name, address verifier) internal view returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256(bytes(name)),
                keccak256("1"),
                block.chainid,
                verifier
            )
        );
    }

    function typed(bytes32 domain, bytes32 structHash) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }

    function authorization(PrivToken token, uint256 key, address to, uint256 value, uint256 validBefore, bytes32 nonce)
        internal
        view
        returns (uint8 v, bytes32 r, bytes32 s)
    {
        bytes32 hash = keccak256(abi.encode(RECEIVE_TYPEHASH, vm.addr(key), to, value, uint256(0), validBefore, nonce));
        return vm.sign(key, typed(separator("PRIV", address(token)), hash));
    }

    /// @dev How a trial ends when all went well: everything it did is undone.
    error Done();

    /// @dev Takes the end of a trial, and fails as the trial did when it was not a good one.
    function undone(bytes memory answer) internal pure {
        if (bytes4(answer) == Done.selector) return;
        assembly ("memory-safe") {
            revert(add(answer, 32), mload(answer))
        }
    }
}
