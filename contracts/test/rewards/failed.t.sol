// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RewardsBase} from "./RewardsBase.sol";
import {TokenDouble} from "../double/TokenDouble.sol";
import {IRewards, Voucher} from "../../src/IRewards.sol";
import {Rewards} from "../../src/Rewards.sol";
import {Sig} from "../../src/Signed.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @notice Rewards on a token that says that a transfer failed, and on one that calls back.
contract RewardsFailedTest is RewardsBase {
    TokenDouble private double;

    function setUp() public override {
        super.setUp();
        double = new TokenDouble();
        rewards = new Rewards(IERC20(address(double)));
        fund(10e18);
    }

    function lie() private returns (bytes memory) {
        double.lie();
        return abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(double));
    }

    function test_FailedOperation_Fund() public {
        vm.expectRevert(lie());
        rewards.fund(operator, 1e18);
        vm.assertEq(rewards.balanceOf(operator), 10e18);
    }

    function test_FailedOperation_PayoutMany() public {
        vm.expectRevert(lie());
        pay(alice, 1e18);
        vm.assertEq(rewards.paid(operator, alice), 0);
    }

    function test_FailedOperation_Redeem() public {
        (Voucher memory v, Sig memory sig) = voucher(alice, 1e18, OPERATOR_KEY);
        vm.expectRevert(lie());
        rewards.redeem(v, sig);
        vm.assertEq(rewards.paid(operator, alice), 0);
    }

    function test_FailedOperation_WithdrawFunds() public {
        announce(10e18);
        vm.warp(START + 7 days);
        vm.expectRevert(lie());
        vm.prank(operator);
        rewards.withdrawFunds();
        vm.assertEq(rewards.balanceOf(operator), 10e18);
    }

    /// @dev There is no guard: a voucher that is redeemed again from within its own payment pays nothing.
    function test_RedeemFromWithin() public {
        (Voucher memory v, Sig memory sig) = voucher(alice, 6e18, OPERATOR_KEY);
        (Voucher memory more, Sig memory moreSig) = voucher(bob, 5e18, OPERATOR_KEY);
        double.enter(abi.encodeCall(rewards.redeem, (more, moreSig)), IRewards.InsufficientFunds.selector);
        rewards.redeem(v, sig);
        vm.assertEq(double.refused(), 1);
        vm.assertEq(rewards.balanceOf(operator), 4e18);
        rewards.redeem(v, sig);
        vm.assertEq(double.refused(), 1);
    }
}
