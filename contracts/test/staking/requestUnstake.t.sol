// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {StakingBase} from "./StakingBase.sol";
import {IStaking, Unstake} from "../../src/IStaking.sol";
import {Sig} from "../../src/Signed.sol";

contract RequestUnstakeTest is StakingBase {
    function setUp() public override {
        super.setUp();
        stake(100e18, SALT);
    }

    function refuse(uint256 amount, uint256 nonce, uint256 key, bytes memory why) private {
        (Unstake memory u, Sig memory sig) = request(amount, nonce, key);
        vm.expectRevert(why);
        staking.requestUnstake(u, sig);
    }

    function test_BadUnstakeSignature() public {
        refuse(1e18, 0, 7, abi.encodeWithSelector(IStaking.BadUnstakeSignature.selector));
        (Unstake memory u, Sig memory sig) = request(1e18, 0, ALICE_KEY);
        u.amount = 2e18; // not what was signed
        vm.expectRevert(IStaking.BadUnstakeSignature.selector);
        staking.requestUnstake(u, sig);
    }

    function test_WrongNonce() public {
        refuse(1e18, 1, ALICE_KEY, abi.encodeWithSelector(IStaking.WrongNonce.selector, 1, 0));
        unstake(1e18);
        refuse(1e18, 0, ALICE_KEY, abi.encodeWithSelector(IStaking.WrongNonce.selector, 0, 1));
    }

    function test_ZeroAmount() public {
        refuse(0, 0, ALICE_KEY, abi.encodeWithSelector(IStaking.ZeroAmount.selector));
    }

    function test_InsufficientStake() public {
        refuse(101e18, 0, ALICE_KEY, abi.encodeWithSelector(IStaking.InsufficientStake.selector, alice, 100e18, 101e18));
    }

    function testFuzz_RequestUnstake(uint256 a, uint256 b, uint256 later) public {
        a = bound(a, 1, 100e18 - 1);
        b = bound(b, 1, 100e18 - a);
        unstake(a);
        vm.warp(bound(later, START, START + 30 days));
        unstake(b);
        (uint192 amount, uint64 releaseAt) = staking.cooldowns(alice);
        vm.assertEq(amount, a + b);
        vm.assertEq(releaseAt, block.timestamp + 7 days);
        vm.assertEq(staking.stakeOf(alice), 100e18 - a - b);
    }

    function test_RequestUnstake() public {
        vm.expectEmit(address(staking));
        emit IStaking.UnstakeRequested(alice, 40e18, 60e18, uint64(START + 7 days));
        unstake(40e18);
        vm.warp(START + 1 days);
        unstake(10e18);
        (uint192 amount, uint64 releaseAt) = staking.cooldowns(alice);
        vm.assertEq(amount, 50e18);
        vm.assertEq(releaseAt, START + 8 days);
        vm.assertEq(staking.stakeOf(alice), 50e18);
        vm.assertEq(staking.nonces(alice), 2);
    }
}
