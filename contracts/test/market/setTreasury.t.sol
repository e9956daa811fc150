// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MarketBase} from "./MarketBase.sol";
import {IMarket, Order, Sale} from "../../src/IMarket.sol";

contract SetTreasuryTest is MarketBase {
    function test_NotTreasury() public {
        vm.expectRevert(abi.encodeWithSelector(IMarket.NotTreasury.selector, address(this)));
        market.setTreasury(address(this));
    }

    function test_ZeroTreasury() public {
        vm.expectRevert(IMarket.ZeroTreasury.selector);
        vm.prank(treasury);
        market.setTreasury(address(0));
    }

    function test_SetTreasury() public {
        Sale memory sale = seal();
        buy(sale);
        market.settle(one(receipt(sale, START)));
        Order memory o = order();
        o.listing = bytes32(uint256(0x20));
        Sale memory later = seal(o, terms(), KEY);
        buy(later);

        address successor = address(0x7EA6);
        vm.expectEmit(address(market));
        emit IMarket.TreasuryChanged(successor);
        vm.prank(treasury);
        market.setTreasury(successor);
        market.settle(one(receipt(later, START)));
        vm.assertEq(market.balances(treasury), 1.25e18);
        vm.assertEq(market.balances(successor), 1.25e18);

        vm.expectRevert(abi.encodeWithSelector(IMarket.NotTreasury.selector, treasury));
        vm.prank(treasury);
        market.setTreasury(treasury);
    }

    function testFuzz_NotTreasury(address stranger) public {
        vm.assume(stranger != treasury);
        vm.expectRevert(abi.encodeWithSelector(IMarket.NotTreasury.selector, stranger));
        vm.prank(stranger);
        market.setTreasury(stranger);
    }
}
