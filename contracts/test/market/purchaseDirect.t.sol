// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MarketBase} from "./MarketBase.sol";
import {IMarket, Order, Sale, Status} from "../../src/IMarket.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

contract PurchaseDirectTest is MarketBase {
    function test_NotBuyer() public {
        Sale memory sale = seal();
        vm.expectRevert(abi.encodeWithSelector(IMarket.NotBuyer.selector, address(this)));
        market.purchaseDirect(sale);
    }

    function test_RefusesAsPurchaseDoes() public {
        Order memory o = order();
        o.price = 0;
        Sale memory sale = seal(o, terms(), KEY);
        vm.expectRevert(abi.encodeWithSelector(IMarket.BadPrice.selector, 0));
        vm.prank(buyer);
        market.purchaseDirect(sale);
    }

    function test_AlreadyPurchased() public {
        // An allowance, unlike an authorization, would pay again.
        bytes32 wrong = bytes32(uint256(0x4c));
        Sale memory sale = seal(order(), terms(), wrong);
        vm.prank(buyer);
        token.approve(address(market), 2 * PRICE);
        vm.prank(buyer);
        bytes32 purchase = market.purchaseDirect(sale);
        market.dispute(deal(sale), delivery(sale), OPENER, sealedKey(order(), terms(), wrong));
        vm.expectRevert(abi.encodeWithSelector(IMarket.AlreadyPurchased.selector, purchase));
        vm.prank(buyer);
        market.purchaseDirect(sale);
        vm.assertEq(token.balanceOf(buyer), 10_000e18);
    }

    function test_NoAllowance() public {
        Sale memory sale = seal();
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(market), 0, PRICE)
        );
        vm.prank(buyer);
        market.purchaseDirect(sale);
    }

    function test_PurchaseDirect() public {
        Sale memory sale = seal();
        vm.prank(buyer);
        token.approve(address(market), PRICE);
        vm.prank(buyer);
        bytes32 purchase = market.purchaseDirect(sale);
        vm.assertEq(purchase, id(sale));
        assertStatus(purchase, Status.Purchased);
        vm.assertEq(token.balanceOf(address(market)), PRICE);
        vm.assertEq(token.balanceOf(buyer), 10_000e18 - PRICE);
        vm.assertEq(token.allowance(buyer, address(market)), 0);
        vm.assertEq(accessOf(sale), type(uint40).max);
    }
}
