// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base} from "../Base.sol";
import {MockUSDC} from "../../src/MockUSDC.sol";

contract MockUSDCTest is Base {
    function test_Constructor() public {
        MockUSDC usdc = new MockUSDC();
        vm.assertEq(usdc.decimals(), 6);
        vm.assertEq(usdc.symbol(), "mUSDC");
        vm.assertEq(usdc.MINTER(), address(this));
        vm.assertEq(usdc.totalSupply(), 0);
        vm.assertEq(usdc.DOMAIN_SEPARATOR(), separator("Mock USDC", address(usdc)));
    }

    function testFuzz_Mint(address to, uint256 amount) public {
        vm.assume(to != address(0));
        MockUSDC usdc = new MockUSDC();
        usdc.mint(to, amount);
        vm.assertEq(usdc.balanceOf(to), amount);
    }

    function test_NotMinter() public {
        MockUSDC usdc = new MockUSDC();
        vm.expectRevert(abi.encodeWithSelector(MockUSDC.NotMinter.selector, address(0xB0B)));
        vm.prank(address(0xB0B));
        usdc.mint(address(0xB0B), 1);
    }
}
