// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RewardsBase} from "./RewardsBase.sol";
import {IRewards, Voucher} from "../../src/IRewards.sol";
import {Sig} from "../../src/Signed.sol";

contract WithdrawFundsTest is RewardsBase {
    function withdraw() private {
        vm.prank(operator);
        rewards.withdrawFunds();
    }

    function test_NothingAnnounced() public {
        fund(10e18);
        vm.expectRevert(abi.encodeWithSelector(IRewards.NothingAnnounced.selector, operator));
        withdraw();
    }

    function test_NothingAnnounced_AfterCancel() public {
        fund(10e18);
        announce(10e18);
        announce(0);
        vm.warp(START + 30 days);
        vm.expectRevert(abi.encodeWithSelector(IRewards.NothingAnnounced.selector, operator));
        withdraw();
    }

    function test_NothingAnnounced_ByAStranger() public {
        fund(10e18);
        announce(10e18);
        vm.warp(START + 7 days);
        vm.expectRevert(abi.encodeWithSelector(IRewards.NothingAnnounced.selector, alice));
        vm.prank(alice);
        rewards.withdrawFunds();
    }

    function test_TooEarly() public {
        fund(10e18);
        announce(10e18);
        vm.warp(START + 7 days - 1);
        vm.expectRevert(abi.encodeWithSelector(IRewards.TooEarly.selector, START + 7 days));
        withdraw();
    }

    function test_TooEarly_AnnouncedAgain() public {
        fund(10e18);
        announce(1e18);
        vm.warp(START + 6 days);
        announce(10e18);
        vm.warp(START + 7 days);
        vm.expectRevert(abi.encodeWithSelector(IRewards.TooEarly.selector, START + 13 days));
        withdraw();
    }

    function test_WithdrawFunds() public {
        fund(10e18);
        uint256 before = token.balanceOf(operator);
        announce(4e18);
        vm.warp(START + 7 days);
        vm.expectEmit(address(rewards));
        emit IRewards.FundsWithdrawn(operator, 4e18);
        withdraw();
        vm.assertEq(token.balanceOf(operator), before + 4e18);
        vm.assertEq(rewards.balanceOf(operator), 6e18);
        vm.expectRevert(abi.encodeWithSelector(IRewards.NothingAnnounced.selector, operator));
        withdraw();
    }

    function test_PayoutsComeFirst() public {
        fund(10e18);
        announce(10e18);
        pay(alice, 7e18);
        vm.warp(START + 7 days);
        uint256 before = token.balanceOf(operator);
        withdraw();
        vm.assertEq(token.balanceOf(operator), before + 3e18);
        vm.assertEq(rewards.balanceOf(operator), 0);
        vm.assertEq(token.balanceOf(address(rewards)), 0);
    }

    function test_FundsAddedLaterStay() public {
        fund(10e18);
        announce(10e18);
        fund(5e18);
        vm.warp(START + 7 days);
        withdraw();
        vm.assertEq(rewards.balanceOf(operator), 5e18);
    }

    /// @dev A voucher that the balance covered when the withdrawal was announced is good at any time of the notice, and
    /// after it until the operator acts.
    function testFuzz_VouchersAreGoodThroughTheNotice(uint256 funds, uint256 owed, uint256 amount, uint256 time)
        public
    {
        funds = bound(funds, 1, 1_000_000e18);
        owed = bound(owed, 1, funds);
        fund(funds);
        (Voucher memory v, Sig memory sig) = voucher(alice, owed, OPERATOR_KEY);
        announce(bound(amount, 1, funds));
        vm.warp(bound(time, START, START + 7 days - 1));
        vm.expectRevert(abi.encodeWithSelector(IRewards.TooEarly.selector, START + 7 days));
        withdraw();
        rewards.redeem(v, sig);
        vm.assertEq(token.balanceOf(alice), owed);
        vm.warp(START + 7 days);
        withdraw();
        vm.assertEq(token.balanceOf(address(rewards)), rewards.balanceOf(operator));
    }
}
