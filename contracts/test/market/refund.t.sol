// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MarketBase} from "./MarketBase.sol";
import {IMarket, Order, Sale, Status, Terms} from "../../src/IMarket.sol";

contract RefundTest is MarketBase {
    function test_WrongStatus() public {
        Sale memory sale = seal();
        vm.expectRevert(abi.encodeWithSelector(IMarket.WrongStatus.selector, id(sale), Status.None));
        market.refund(deal(sale));
        buy(sale);
        market.reveal(deal(sale), delivery(sale), OPENER);
        vm.warp(START + 30 days);
        vm.expectRevert(abi.encodeWithSelector(IMarket.WrongStatus.selector, id(sale), Status.Revealed));
        market.refund(deal(sale));
    }

    function test_WrongStatus_Twice() public {
        Sale memory sale = seal();
        buy(sale);
        vm.warp(START + WINDOW);
        market.refund(deal(sale));
        vm.expectRevert(abi.encodeWithSelector(IMarket.WrongStatus.selector, id(sale), Status.Refunded));
        market.refund(deal(sale));
    }

    function test_WrongStatus_Settled() public {
        Sale memory sale = seal();
        buy(sale);
        market.settle(one(receipt(sale, START)));
        vm.warp(START + WINDOW);
        vm.expectRevert(abi.encodeWithSelector(IMarket.WrongStatus.selector, id(sale), Status.Settled));
        market.refund(deal(sale));
    }

    function testFuzz_Refund_Times(uint256 window, uint256 called, uint256 price) public {
        Order memory o = order();
        Terms memory t = terms();
        o.price = bound(price, 1, 10_000e18);
        t.deliveryWindow = uint32(bound(window, 1 hours, 7 days));
        called = bound(called, START, START + 30 days);
        Sale memory sale = seal(o, t, KEY);
        uint256 before = token.balanceOf(buyer);
        bytes32 purchase = buy(sale);
        vm.warp(called);
        bool early = called < START + t.deliveryWindow;
        if (early) vm.expectRevert(abi.encodeWithSelector(IMarket.TooEarly.selector, START + t.deliveryWindow));
        market.refund(deal(sale));
        assertStatus(purchase, early ? Status.Purchased : Status.Refunded);
        vm.assertEq(token.balanceOf(buyer), early ? before - o.price : before);
    }

    function test_TooEarly() public {
        Sale memory sale = seal();
        buy(sale);
        vm.warp(START + WINDOW - 1);
        vm.expectRevert(abi.encodeWithSelector(IMarket.TooEarly.selector, START + WINDOW));
        market.refund(deal(sale));
    }

    function test_Refund() public {
        Sale memory sale = seal();
        uint256 before = token.balanceOf(buyer);
        bytes32 purchase = buy(sale);
        vm.warp(START + WINDOW);
        vm.expectEmit(address(market));
        emit IMarket.Refunded(purchase, buyer, PRICE, false);
        vm.prank(address(0xCAFE));
        market.refund(deal(sale));
        assertStatus(purchase, Status.Refunded);
        vm.assertEq(token.balanceOf(buyer), before);
        vm.assertEq(token.balanceOf(address(market)), 0);
        vm.assertEq(accessOf(sale), 0);
    }
}
