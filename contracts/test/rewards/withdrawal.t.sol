// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RewardsBase} from "./RewardsBase.sol";
import {IRewards} from "../../src/IRewards.sol";

contract WithdrawalTest is RewardsBase {
    function announce(uint256 amount) private {
        vm.prank(operator);
        rewards.announceWithdrawal(amount);
    }

    function test_InsufficientFunds() public {
        fund(10e18);
        vm.expectRevert(abi.encodeWithSelector(IRewards.InsufficientFunds.selector, operator, 10e18, 11e18));
        announce(11e18);
    }

    function test_NothingAnnounced() public {
        fund(10e18);
        vm.expectRevert(abi.encodeWithSelector(IRewards.NothingAnnounced.selector, operator));
        vm.prank(operator);
        rewards.withdrawFunds();
    }

    function test_NothingAnnounced_AfterCancel() public {
        fund(10e18);
        announce(10e18);
        announce(0);
        vm.warp(START + 30 days);
        vm.expectRevert(abi.encodeWithSelector(IRewards.NothingAnnounced.selector, operator));
        vm.prank(operator);
        rewards.withdrawFunds();
    }

    function test_TooEarly() public {
        fund(10e18);
        announce(10e18);
        vm.warp(START + 7 days - 1);
        vm.expectRevert(abi.encodeWithSelector(IRewards.TooEarly.selector, START + 7 days));
        vm.prank(operator);
        rewards.withdrawFunds();
    }

    function test_TooEarly_AnnouncedAgain() public {
        fund(10e18);
        announce(1e18);
        vm.warp(START + 6 days);
        announce(10e18);
        vm.warp(START + 7 days);
        vm.expectRevert(abi.encodeWithSelector(IRewards.TooEarly.selector, START + 13 days));
        vm.prank(operator);
        rewards.withdrawFunds();
    }

    function test_WithdrawFunds() public {
        fund(10e18);
        uint256 before = token.balanceOf(operator);
        vm.expectEmit(address(rewards));
        emit IRewards.WithdrawalAnnounced(operator, 4e18, uint64(START + 7 days));
        announce(4e18);
        vm.warp(START + 7 days);
        vm.expectEmit(address(rewards));
        emit IRewards.FundsWithdrawn(operator, 4e18);
        vm.prank(operator);
        rewards.withdrawFunds();
        vm.assertEq(token.balanceOf(operator), before + 4e18);
        vm.assertEq(rewards.balanceOf(operator), 6e18);
        vm.expectRevert(abi.encodeWithSelector(IRewards.NothingAnnounced.selector, operator));
        vm.prank(operator);
        rewards.withdrawFunds();
    }

    function test_PayoutsComeFirst() public {
        fund(10e18);
        announce(10e18);
        pay(alice, 7e18); // vouchers stay good during the notice
        vm.warp(START + 7 days);
        vm.prank(operator);
        rewards.withdrawFunds();
        vm.assertEq(rewards.balanceOf(operator), 0);
        vm.assertEq(token.balanceOf(address(rewards)), 0);
    }
}
