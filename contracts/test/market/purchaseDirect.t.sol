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
    }
}
