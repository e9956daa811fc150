// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MarketBase} from "./MarketBase.sol";
import {Delivery, IMarket, Sale, Status} from "../../src/IMarket.sol";

contract RevealTest is MarketBase {
    function test_WrongDelivery() public {
        Sale memory sale = seal();
        buy(sale);
        Delivery memory d = delivery(sale);
        d.sealedHash = keccak256("another");
        vm.expectRevert(IMarket.WrongDelivery.selector);
        market.reveal(deal(sale), d, OPENER);
    }

    function test_WrongStatus() public {
        Sale memory sale = seal();
        vm.expectRevert(abi.encodeWithSelector(IMarket.WrongStatus.selector, id(sale), Status.None));
        market.reveal(deal(sale), delivery(sale), OPENER);
        buy(sale);
        market.reveal(deal(sale), delivery(sale), OPENER);
        vm.expectRevert(abi.encodeWithSelector(IMarket.WrongStatus.selector, id(sale), Status.Revealed));
        market.reveal(deal(sale), delivery(sale), OPENER);
    }

    function test_TooLate() public {
        Sale memory sale = seal();
        buy(sale);
        vm.warp(START + WINDOW);
        vm.expectRevert(abi.encodeWithSelector(IMarket.TooLate.selector, START + WINDOW));
        market.reveal(deal(sale), delivery(sale), OPENER);
    }

    function test_WrongStatus_Settled() public {
        Sale memory sale = seal();
        buy(sale);
        market.settle(one(receipt(sale, START)));
        vm.expectRevert(abi.encodeWithSelector(IMarket.WrongStatus.selector, id(sale), Status.Settled));
        market.reveal(deal(sale), delivery(sale), OPENER);
    }

    function test_WrongStatus_Refunded() public {
        Sale memory sale = seal();
        buy(sale);
        vm.warp(START + WINDOW);
        market.refund(deal(sale));
        vm.expectRevert(abi.encodeWithSelector(IMarket.WrongStatus.selector, id(sale), Status.Refunded));
        market.reveal(deal(sale), delivery(sale), OPENER);
    }

    function testFuzz_Reveal_Times(uint256 called) public {
        called = bound(called, START, START + 30 days);
        Sale memory sale = seal();
        bytes32 purchase = buy(sale);
        vm.warp(called);
        bool late = called >= START + WINDOW;
        if (late) vm.expectRevert(abi.encodeWithSelector(IMarket.TooLate.selector, START + WINDOW));
        market.reveal(deal(sale), delivery(sale), OPENER);
        assertStatus(purchase, late ? Status.Purchased : Status.Revealed);
        vm.assertEq(deadline(purchase), late ? START + WINDOW : called + 3 days);
    }

    function test_WrongOpener() public {
        Sale memory sale = seal();
        buy(sale);
        vm.expectRevert(IMarket.WrongOpener.selector);
        market.reveal(deal(sale), delivery(sale), keccak256("guess"));
    }

    function test_Reveal() public {
        Sale memory sale = seal();
        bytes32 purchase = buy(sale);
        vm.warp(START + WINDOW - 1); // the last second
        vm.expectEmit(address(market));
        emit IMarket.Revealed(purchase, OPENER, uint40(block.timestamp + 3 days));
        market.reveal(deal(sale), delivery(sale), OPENER);
        assertStatus(purchase, Status.Revealed);
        vm.assertEq(deadline(purchase), block.timestamp + 3 days);
        vm.assertEq(accessOf(sale), type(uint40).max);
    }
}
