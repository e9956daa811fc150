// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RewardsBase} from "./RewardsBase.sol";
import {IRewards, Voucher} from "../../src/IRewards.sol";
import {Sig} from "../../src/Signed.sol";

contract RedeemTest is RewardsBase {
    function test_BadVoucherSignature() public {
        (Voucher memory v, Sig memory sig) = voucher(alice, 10e18, 6);
        vm.expectRevert(IRewards.BadVoucherSignature.selector);
        rewards.redeem(v, sig);
        (v, sig) = voucher(alice, 10e18, OPERATOR_KEY);
        v.cumulative = 11e18;
        vm.expectRevert(IRewards.BadVoucherSignature.selector);
        rewards.redeem(v, sig);
    }

    function test_BadVoucherSignature_OfNobody() public {
        Voucher memory v = Voucher(address(0), alice, 1);
        vm.expectRevert(IRewards.BadVoucherSignature.selector);
        rewards.redeem(v, Sig(bytes32(0), bytes32(0)));
    }

    function test_InsufficientFunds() public {
        fund(5e18);
        (Voucher memory v, Sig memory sig) = voucher(alice, 10e18, OPERATOR_KEY);
        vm.expectRevert(abi.encodeWithSelector(IRewards.InsufficientFunds.selector, operator, 5e18, 10e18));
        rewards.redeem(v, sig);
    }

    function test_BadVoucherSignature_OtherForm() public {
        fund(100e18);
        (Voucher memory v, Sig memory sig) = voucher(alice, 10e18, OPERATOR_KEY);
        vm.expectRevert(IRewards.BadVoucherSignature.selector);
        rewards.redeem(v, flip(sig));
    }

    function testFuzz_Redeem_AnyOrder(uint256 a, uint256 b, uint256 c) public {
        (a, b, c) = (bound(a, 0, 1e24), bound(b, 0, 1e24), bound(c, 0, 1e24));
        fund(1e24);
        (Voucher memory v, Sig memory sig) = voucher(alice, a, OPERATOR_KEY);
        rewards.redeem(v, sig);
        pay(alice, b);
        (v, sig) = voucher(alice, c, OPERATOR_KEY);
        rewards.redeem(v, sig);
        uint256 highest = a > b ? a : b;
        if (c > highest) highest = c;
        vm.assertEq(rewards.paid(operator, alice), highest);
        vm.assertEq(token.balanceOf(alice), highest);
        vm.assertEq(rewards.balanceOf(operator), 1e24 - highest);
    }

    function test_Redeem() public {
        fund(100e18);
        (Voucher memory v, Sig memory sig) = voucher(alice, 10e18, OPERATOR_KEY);
        vm.expectEmit(address(rewards));
        emit IRewards.Paid(operator, alice, 10e18, 10e18);
        vm.prank(bob);
        rewards.redeem(v, sig);
        rewards.redeem(v, sig); // pays nothing
        vm.assertEq(token.balanceOf(alice), 10e18);
        vm.assertEq(rewards.balanceOf(operator), 90e18);
    }

    function test_Redeem_AfterPayout() public {
        fund(100e18);
        (Voucher memory v, Sig memory sig) = voucher(alice, 10e18, OPERATOR_KEY);
        pay(alice, 8e18);
        rewards.redeem(v, sig);
        vm.assertEq(token.balanceOf(alice), 10e18);
    }
}
