// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MarketBase} from "./MarketBase.sol";
import {IMarket, Order, Sale, Status} from "../../src/IMarket.sol";

contract FinalizeTest is MarketBase {
    function test_WrongStatus() public {
        Sale memory sale = seal();
        buy(sale);
        vm.expectRevert(abi.encodeWithSelector(IMarket.WrongStatus.selector, id(sale), Status.Purchased));
        market.finalize(deal(sale));
        market.settle(one(receipt(sale, START)));
        vm.expectRevert(abi.encodeWithSelector(IMarket.WrongStatus.selector, id(sale), Status.Settled));
        market.finalize(deal(sale));
    }

    function test_WrongStatus_None() public {
        Sale memory sale = seal();
        vm.expectRevert(abi.encodeWithSelector(IMarket.WrongStatus.selector, id(sale), Status.None));
        market.finalize(deal(sale));
    }

    function test_WrongStatus_Refunded() public {
        Sale memory sale = seal();
        buy(sale);
        vm.warp(START + WINDOW);
        market.refund(deal(sale));
        vm.expectRevert(abi.encodeWithSelector(IMarket.WrongStatus.selector, id(sale), Status.Refunded));
        market.finalize(deal(sale));
    }

    function test_Finalize_SellerIsTreasury() public {
        vm.prank(treasury);
        market.setTreasury(seller);
        Sale memory sale = seal();
        buy(sale);
        market.reveal(deal(sale), delivery(sale), OPENER);
        vm.warp(START + 3 days);
        market.finalize(deal(sale));
        vm.assertEq(market.balances(seller), PRICE);
    }

    function testFuzz_Finalize_Times(uint256 revealed, uint256 called, uint256 price) public {
        revealed = bound(revealed, START, START + WINDOW - 1);
        called = bound(called, revealed, revealed + 30 days);
        Order memory o = order();
        o.price = bound(price, 1, 10_000e18);
        Sale memory sale = seal(o, terms(), KEY);
        bytes32 purchase = buy(sale);
        vm.warp(revealed);
        market.reveal(deal(sale), delivery(sale), OPENER);
        vm.warp(called);
        bool early = called < revealed + 3 days;
        if (early) vm.expectRevert(abi.encodeWithSelector(IMarket.TooEarly.selector, revealed + 3 days));
        market.finalize(deal(sale));
        assertStatus(purchase, early ? Status.Revealed : Status.Settled);
        if (early) return;
        vm.assertEq(market.balances(treasury), o.price / 20);
        vm.assertEq(market.balances(seller), o.price - o.price / 20);
        vm.assertEq(accessOf(sale), revealed + 30 days);
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
