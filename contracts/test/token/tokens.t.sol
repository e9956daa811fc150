// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base} from "../Base.sol";
import {MockUSDC} from "../../src/MockUSDC.sol";
import {PrivToken} from "../../src/PrivToken.sol";

contract TokensTest is Base {
    function test_PrivToken() public {
        PrivToken token = new PrivToken(address(0xA11CE), 5e18);
        vm.assertEq(token.decimals(), 18);
        vm.assertEq(token.symbol(), "PRIV");
        vm.assertEq(token.totalSupply(), 5e18);
        vm.assertEq(token.balanceOf(address(0xA11CE)), 5e18);
        vm.assertEq(token.DOMAIN_SEPARATOR(), separator("PRIV", address(token)));
    }

    function test_MockUSDC() public {
        MockUSDC usdc = new MockUSDC();
        vm.assertEq(usdc.decimals(), 6);
        vm.assertEq(usdc.symbol(), "mUSDC");
        vm.assertEq(usdc.DOMAIN_SEPARATOR(), separator("Mock USDC", address(usdc)));
        usdc.mint(address(0xA11CE), 9e6);
        vm.assertEq(usdc.balanceOf(address(0xA11CE)), 9e6);
    }

    function test_MockUSDC_NotMinter() public {
        MockUSDC usdc = new MockUSDC();
        vm.expectRevert(abi.encodeWithSelector(MockUSDC.NotMinter.selector, address(0xB0B)));
        vm.prank(address(0xB0B));
        usdc.mint(address(0xB0B), 1);
    }
}
