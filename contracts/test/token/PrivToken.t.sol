// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base} from "../Base.sol";
import {PrivToken} from "../../src/PrivToken.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @notice PRIV is OpenZeppelin's; what is tested is that it is put together as the market needs it, and what its
/// errors mean.
contract PrivTokenTest is Base {
    uint256 private constant ALICE_KEY = 6;
    address private alice = vm.addr(ALICE_KEY);
    address private bob = address(0xB0B);
    PrivToken private token;

    function setUp() public {
        vm.warp(START);
        token = new PrivToken(alice, 5e18);
    }

    function test_Constructor() public view {
        vm.assertEq(token.decimals(), 18);
        vm.assertEq(token.symbol(), "PRIV");
        vm.assertEq(token.totalSupply(), 5e18);
        vm.assertEq(token.balanceOf(alice), 5e18);
        vm.assertEq(token.DOMAIN_SEPARATOR(), separator("PRIV", address(token)));
    }

    function test_InsufficientBalance() public {
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, alice, 5e18, 5e18 + 1));
        vm.prank(alice);
        token.transfer(bob, 5e18 + 1);
    }

    function test_InsufficientAllowance() public {
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, bob, 0, 1));
        vm.prank(bob);
        token.transferFrom(alice, bob, 1);
    }

    function test_ZeroAddresses() public {
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(0)));
        vm.prank(alice);
        token.transfer(address(0), 1);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidSpender.selector, address(0)));
        vm.prank(alice);
        token.approve(address(0), 1);
        // Nobody has the zero address's key, so these two are out of reach for everyone.
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidSender.selector, address(0)));
        vm.prank(address(0));
        token.transfer(bob, 1);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidApprover.selector, address(0)));
        vm.prank(address(0));
        token.approve(bob, 1);
    }

    function permit(uint256 key, uint256 until) private view returns (uint8 v, bytes32 r, bytes32 s) {
        bytes32 typehash =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 hash = keccak256(abi.encode(typehash, alice, bob, 1e18, token.nonces(alice), until));
        return vm.sign(key, typed(separator("PRIV", address(token)), hash));
    }

    function test_Permit() public {
        (uint8 v, bytes32 r, bytes32 s) = permit(ALICE_KEY, START);
        token.permit(alice, bob, 1e18, START, v, r, s);
        vm.assertEq(token.allowance(alice, bob), 1e18);
    }

    function test_Permit_Expired() public {
        (uint8 v, bytes32 r, bytes32 s) = permit(ALICE_KEY, START - 1);
        vm.expectRevert(abi.encodeWithSelector(ERC20Permit.ERC2612ExpiredSignature.selector, START - 1));
        token.permit(alice, bob, 1e18, START - 1, v, r, s);
    }

    function test_Permit_WrongSigner() public {
        (uint8 v, bytes32 r, bytes32 s) = permit(7, START);
        vm.expectRevert(abi.encodeWithSelector(ERC20Permit.ERC2612InvalidSigner.selector, vm.addr(7), alice));
        token.permit(alice, bob, 1e18, START, v, r, s);
    }

    function receive_(uint256 validBefore, address to, address caller, bytes memory refusal) private {
        (uint8 v, bytes32 r, bytes32 s) = authorization(token, ALICE_KEY, to, 1e18, validBefore, bytes32(uint256(1)));
        if (refusal.length != 0) vm.expectRevert(refusal);
        vm.prank(caller);
        token.receiveWithAuthorization(alice, to, 1e18, 0, validBefore, bytes32(uint256(1)), v, r, s);
    }

    function test_Receive() public {
        receive_(START + 1, bob, bob, "");
        vm.assertEq(token.balanceOf(bob), 1e18);
        vm.assertTrue(token.authorizationState(alice, bytes32(uint256(1))));
    }

    /// @dev What keeps a relayer from using up the payment of a purchase without making the purchase.
    function test_Receive_OnlyTheReceiverCalls() public {
        receive_(START + 1, bob, alice, abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, bob));
    }

    function test_Receive_Used() public {
        receive_(START + 1, bob, bob, "");
        receive_(
            START + 1,
            bob,
            bob,
            abi.encodeWithSelector(ERC3009.ERC3009UsedAuthorization.selector, alice, bytes32(uint256(1)))
        );
    }

    function test_Receive_OutOfTime() public {
        receive_(START, bob, bob, abi.encodeWithSelector(ERC3009.ERC3009InvalidAuthorizationTime.selector, 0, START));
    }

    function test_Receive_ClockTooFar() public {
        vm.warp(2 ** 48);
        receive_(
            2 ** 47,
            bob,
            bob,
            abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, 48, uint256(2 ** 48))
        );
    }

    function test_Receive_WrongSigner() public {
        (uint8 v, bytes32 r, bytes32 s) = authorization(token, 7, bob, 1e18, START + 1, bytes32(uint256(1)));
        vm.expectRevert(ERC3009.ERC3009InvalidSignature.selector);
        vm.prank(bob);
        token.receiveWithAuthorization(alice, bob, 1e18, 0, START + 1, bytes32(uint256(1)), v, r, s);
    }

    function test_Receive_MalformedSignature() public {
        vm.expectRevert(ECDSA.ECDSAInvalidSignature.selector);
        token.receiveWithAuthorization(alice, bob, 1e18, 0, START + 1, bytes32(uint256(1)), 26, bytes32(0), bytes32(0));
        (, bytes32 r,) = authorization(token, ALICE_KEY, bob, 1e18, START + 1, bytes32(uint256(1)));
        bytes32 high = bytes32(type(uint256).max);
        vm.expectRevert(abi.encodeWithSelector(ECDSA.ECDSAInvalidSignatureS.selector, high));
        token.receiveWithAuthorization(alice, bob, 1e18, 0, START + 1, bytes32(uint256(1)), 27, r, high);
    }
}
