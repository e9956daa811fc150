// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RewardsBase} from "./RewardsBase.sol";
import {IRewards} from "../../src/IRewards.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

contract PayoutManyTest is RewardsBase {
    function test_LengthMismatch() public {
        vm.expectRevert(abi.encodeWithSelector(IRewards.LengthMismatch.selector, 1, 2));
        vm.prank(operator);
        rewards.payoutMany(new address[](1), new uint256[](2));
    }

    function test_InsufficientFunds() public {
        fund(10e18);
        address[] memory accounts = new address[](2);
        uint256[] memory amounts = new uint256[](2);
        (accounts[0], accounts[1]) = (alice, bob);
        (amounts[0], amounts[1]) = (10e18, 1);
        vm.expectRevert(abi.encodeWithSelector(IRewards.InsufficientFunds.selector, operator, 10e18, 10e18 + 1));
        vm.prank(operator);
        rewards.payoutMany(accounts, amounts);
        vm.assertEq(token.balanceOf(alice), 0);
        vm.assertEq(rewards.paid(operator, alice), 0);
    }

    function test_InsufficientFunds_OfAnother() public {
        fund(10e18); // the operator's, not alice's
        (address[] memory accounts, uint256[] memory amounts) = list(alice, 1);
        vm.expectRevert(abi.encodeWithSelector(IRewards.InsufficientFunds.selector, alice, 0, 1));
        vm.prank(alice);
        rewards.payoutMany(accounts, amounts);
    }

    /// @dev The token refuses the zero address, and with it the whole batch: nobody is marked as paid who was not.
    function test_ZeroAccount() public {
        fund(100e18);
        address[] memory accounts = new address[](2);
        uint256[] memory amounts = new uint256[](2);
        (accounts[0], amounts[0], amounts[1]) = (alice, 1e18, 1e18);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(0)));
        vm.prank(operator);
        rewards.payoutMany(accounts, amounts);
        vm.assertEq(rewards.paid(operator, alice), 0);
        vm.assertEq(rewards.balanceOf(operator), 100e18);
    }

    function test_Empty() public {
        vm.prank(operator);
        rewards.payoutMany(new address[](0), new uint256[](0));
        vm.assertEq(rewards.balanceOf(operator), 0);
    }

    function test_PayoutMany() public {
        fund(100e18);
        vm.expectEmit(address(rewards));
        emit IRewards.Paid(operator, alice, 10e18, 10e18);
        pay(alice, 10e18);
        vm.expectEmit(address(rewards));
        emit IRewards.Paid(operator, alice, 5e18, 15e18);
        pay(alice, 15e18);
        vm.assertEq(token.balanceOf(alice), 15e18);
        vm.assertEq(rewards.balanceOf(operator), 85e18);
        vm.assertEq(rewards.paid(operator, alice), 15e18);
    }

    function test_RepeatsPayNothing() public {
        fund(100e18);
        pay(alice, 10e18);
        pay(alice, 10e18);
        pay(alice, 9e18);
        vm.assertEq(token.balanceOf(alice), 10e18);
        vm.assertEq(rewards.balanceOf(operator), 90e18);
    }

    function test_SameAccountTwiceInABatch() public {
        fund(100e18);
        address[] memory accounts = new address[](3);
        uint256[] memory amounts = new uint256[](3);
        (accounts[0], accounts[1], accounts[2]) = (alice, alice, alice);
        (amounts[0], amounts[1], amounts[2]) = (10e18, 10e18, 12e18);
        vm.prank(operator);
        rewards.payoutMany(accounts, amounts);
        vm.assertEq(token.balanceOf(alice), 12e18);
        vm.assertEq(rewards.balanceOf(operator), 88e18);
    }

    function testFuzz_PaysUpToTheHighest(uint256 a, uint256 b, uint256 c) public {
        (a, b, c) = (bound(a, 0, 1e24), bound(b, 0, 1e24), bound(c, 0, 1e24));
        fund(1e24);
        pay(alice, a);
        pay(alice, b);
        pay(alice, c);
        uint256 highest = a > b ? a : b;
        if (c > highest) highest = c;
        vm.assertEq(token.balanceOf(alice), highest);
        vm.assertEq(rewards.balanceOf(operator), 1e24 - highest);
    }
}
