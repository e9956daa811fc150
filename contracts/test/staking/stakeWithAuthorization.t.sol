// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {StakingBase} from "./StakingBase.sol";
import {IStaking} from "../../src/IStaking.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";

contract StakeWithAuthorizationTest is StakingBase {
    function test_ZeroAmount() public {
        vm.expectRevert(IStaking.ZeroAmount.selector);
        staking.stakeWithAuthorization(alice, 0, START + 1, SALT, 27, bytes32(0), bytes32(0));
    }

    function test_ForAnotherStake() public {
        uint256 before = START + 1 hours;
        bytes32 nonce = nonceOf(10e18, before, SALT);
        (uint8 v, bytes32 r, bytes32 s) = authorization(token, ALICE_KEY, address(staking), 10e18, before, nonce);
        vm.expectRevert(ERC3009.ERC3009InvalidSignature.selector);
        staking.stakeWithAuthorization(alice, 10e18, before, keccak256("other"), v, r, s);
        vm.expectRevert(ERC3009.ERC3009InvalidSignature.selector);
        staking.stakeWithAuthorization(alice, 11e18, before, SALT, v, r, s);
        vm.expectRevert(ERC3009.ERC3009InvalidSignature.selector);
        staking.stakeWithAuthorization(alice, 10e18, before + 1, SALT, v, r, s);
    }

    function test_UsedAgain() public {
        stake(10e18, SALT);
        uint256 before = START + 1 hours;
        bytes32 nonce = nonceOf(10e18, before, SALT);
        (uint8 v, bytes32 r, bytes32 s) = authorization(token, ALICE_KEY, address(staking), 10e18, before, nonce);
        vm.expectRevert(abi.encodeWithSelector(ERC3009.ERC3009UsedAuthorization.selector, alice, nonce));
        staking.stakeWithAuthorization(alice, 10e18, before, SALT, v, r, s);
    }

    function test_AuthorizationOutOfTime() public {
        uint256 before = START + 1 hours;
        bytes32 nonce = nonceOf(10e18, before, SALT);
        (uint8 v, bytes32 r, bytes32 s) = authorization(token, ALICE_KEY, address(staking), 10e18, before, nonce);
        vm.warp(before);
        vm.expectRevert(abi.encodeWithSelector(ERC3009.ERC3009InvalidAuthorizationTime.selector, 0, before));
        staking.stakeWithAuthorization(alice, 10e18, before, SALT, v, r, s);
        vm.assertEq(staking.stakeOf(alice), 0);
    }

    function testFuzz_Stake(uint256 a, uint256 b) public {
        (a, b) = (bound(a, 1, 500e18), bound(b, 1, 500e18));
        stake(a, SALT);
        stake(b, keccak256("second"));
        vm.assertEq(staking.stakeOf(alice), a + b);
        vm.assertEq(token.balanceOf(address(staking)), a + b);
        vm.assertEq(token.balanceOf(alice), 1_000e18 - a - b);
    }

    function test_Stake() public {
        vm.expectEmit(address(staking));
        emit IStaking.Staked(alice, 10e18, 10e18);
        stake(10e18, SALT);
        vm.expectEmit(address(staking));
        emit IStaking.Staked(alice, 5e18, 15e18);
        stake(5e18, keccak256("second"));
        vm.assertEq(staking.stakeOf(alice), 15e18);
        vm.assertEq(token.balanceOf(address(staking)), 15e18);
        vm.assertEq(staking.stakeNonce(alice, 1, 2, SALT), nonceOf(1, 2, SALT));
    }
}
