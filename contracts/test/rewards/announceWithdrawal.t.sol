// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RewardsBase} from "./RewardsBase.sol";
import {IRewards} from "../../src/IRewards.sol";

contract AnnounceWithdrawalTest is RewardsBase {
    function test_InsufficientFunds() public {
        fund(10e18);
        vm.expectRevert(abi.encodeWithSelector(IRewards.InsufficientFunds.selector, operator, 10e18, 11e18));
        announce(11e18);
    }

    function test_InsufficientFunds_OfAnother() public {
        fund(10e18);
        vm.expectRevert(abi.encodeWithSelector(IRewards.InsufficientFunds.selector, alice, 0, 1));
        vm.prank(alice);
        rewards.announceWithdrawal(1);
    }

    function test_Cancel() public {
        fund(10e18);
        announce(10e18);
        vm.expectEmit(address(rewards));
        emit IRewards.WithdrawalAnnounced(operator, 0, 0);
        announce(0);
        (uint192 amount, uint64 readyAt) = rewards.withdrawals(operator);
        vm.assertEq(amount, 0);
        vm.assertEq(readyAt, 0);
    }

    function testFuzz_Announce(uint256 funds, uint256 amount, uint256 time) public {
        funds = bound(funds, 1, 1_000_000e18);
        amount = bound(amount, 1, funds);
        fund(funds);
        announce(1); // replaced
        vm.warp(bound(time, START, START + 30 days));
        vm.expectEmit(address(rewards));
        emit IRewards.WithdrawalAnnounced(operator, amount, uint64(block.timestamp + 7 days));
        announce(amount);
        (uint192 announced, uint64 readyAt) = rewards.withdrawals(operator);
        vm.assertEq(announced, amount);
        vm.assertEq(readyAt, block.timestamp + 7 days);
        vm.assertEq(rewards.balanceOf(operator), funds); // nothing has left, and all of it can be paid out
    }
}
