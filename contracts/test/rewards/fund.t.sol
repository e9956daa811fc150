// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RewardsBase} from "./RewardsBase.sol";
import {IRewards} from "../../src/IRewards.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

contract FundTest is RewardsBase {
    function test_ZeroOperator() public {
        vm.expectRevert(IRewards.ZeroOperator.selector);
        vm.prank(operator);
        rewards.fund(address(0), 1);
    }

    function test_ZeroAmount() public {
        vm.expectRevert(IRewards.ZeroAmount.selector);
        vm.prank(operator);
        rewards.fund(operator, 0);
    }

    function test_NoAllowance() public {
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(rewards), 0, 1)
        );
        vm.prank(alice);
        rewards.fund(operator, 1);
    }

    function testFuzz_Fund(uint256 a, uint256 b) public {
        (a, b) = (bound(a, 1, 500_000e18), bound(b, 1, 500_000e18));
        fund(a);
        fund(b);
        vm.assertEq(rewards.balanceOf(operator), a + b);
        vm.assertEq(token.balanceOf(address(rewards)), a + b);
        vm.assertEq(token.balanceOf(operator), 1_000_000e18 - a - b);
    }

    function test_Fund() public {
        vm.expectEmit(address(rewards));
        emit IRewards.Funded(alice, operator, 7e18);
        vm.prank(operator);
        rewards.fund(alice, 7e18);
        vm.assertEq(rewards.balanceOf(alice), 7e18);
        vm.assertEq(rewards.balanceOf(operator), 0);
        vm.assertEq(token.balanceOf(address(rewards)), 7e18);
    }
}
