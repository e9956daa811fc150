// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MarketBase} from "./MarketBase.sol";
import {IMarket, Sale, Status} from "../../src/IMarket.sol";

contract FinalizeTest is MarketBase {
    function test_WrongStatus() public {
        Sale memory sale = seal();
        buy(sale);
        vm.expectRevert(abi.encodeWithSelector(IMarket.WrongStatus.selector, id(sale), Status.Purchased));
        market.finalize(deal(sale));
    }

    function test_TooEarly() public {
        Sale memory sale = seal();
        buy(sale);
        market.reveal(deal(sale), delivery(sale), OPENER);
        vm.warp(START + 3 days - 1);
        vm.expectRevert(abi.encodeWithSelector(IMarket.TooEarly.selector, START + 3 days));
        market.finalize(deal(sale));
    }

    function test_Finalize() public {
        Sale memory sale = seal();
        bytes32 purchase = buy(sale);
        vm.warp(START + 2 hours);
        market.reveal(deal(sale), delivery(sale), OPENER);
        vm.warp(START + 20 days);
        vm.expectEmit(address(market));
        emit IMarket.Settled(purchase, seller, 23.75e18, 1.25e18, uint40(START + 2 hours + 30 days));
        market.finalize(deal(sale));
        assertStatus(purchase, Status.Settled);
        vm.assertEq(market.balances(seller), 23.75e18);
        vm.assertEq(market.balances(treasury), 1.25e18);
        vm.assertEq(accessOf(sale), START + 2 hours + 30 days);
    }
}
