// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {StakingBase} from "./StakingBase.sol";
import {IStaking} from "../../src/IStaking.sol";

contract StakingWithdrawTest is StakingBase {
    function test_NothingToWithdraw() public {
        stake(10e18, SALT);
        vm.expectRevert(abi.encodeWithSelector(IStaking.NothingToWithdraw.selector, alice));
        staking.withdraw(alice);
    }

    function test_TooEarly() public {
        stake(10e18, SALT);
        unstake(10e18);
        vm.warp(START + 7 days - 1);
        vm.expectRevert(abi.encodeWithSelector(IStaking.TooEarly.selector, START + 7 days));
        staking.withdraw(alice);
    }

    function testFuzz_Withdraw_Times(uint256 again, uint256 called) public {
        again = bound(again, START, START + 10 days);
        called = bound(called, again, again + 30 days);
        stake(10e18, SALT);
        unstake(4e18);
        vm.warp(again);
        unstake(6e18); // all of it waits anew
        vm.warp(called);
        bool early = called < again + 7 days;
        if (early) vm.expectRevert(abi.encodeWithSelector(IStaking.TooEarly.selector, again + 7 days));
        staking.withdraw(alice);
        vm.assertEq(token.balanceOf(alice), early ? 990e18 : 1_000e18);
    }

    function testFuzz_Withdraw(uint256 staked, uint256 back) public {
        staked = bound(staked, 1, 1_000e18);
        back = bound(back, 1, staked);
        stake(staked, SALT);
        unstake(back);
        vm.warp(START + 7 days);
        vm.expectEmit(address(staking));
        emit IStaking.Withdrawn(alice, back);
        vm.prank(address(0xCAFE));
        staking.withdraw(alice);
        vm.assertEq(token.balanceOf(alice), 1_000e18 - staked + back);
        vm.assertEq(staking.stakeOf(alice), staked - back);
        vm.expectRevert(abi.encodeWithSelector(IStaking.NothingToWithdraw.selector, alice));
        staking.withdraw(alice);
    }
}
