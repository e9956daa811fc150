// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MarketBase} from "./MarketBase.sol";
import {IMarket, Sale} from "../../src/IMarket.sol";

contract WithdrawTest is MarketBase {
    function test_NothingToWithdraw() public {
        vm.expectRevert(abi.encodeWithSelector(IMarket.NothingToWithdraw.selector, seller, 1, 0));
        market.withdraw(seller, 1);
        Sale memory sale = seal();
        buy(sale);
        market.settle(one(receipt(sale, START)));
        vm.expectRevert(abi.encodeWithSelector(IMarket.NothingToWithdraw.selector, seller, 0, 23.75e18));
        market.withdraw(seller, 0);
        vm.expectRevert(abi.encodeWithSelector(IMarket.NothingToWithdraw.selector, seller, 23.75e18 + 1, 23.75e18));
        market.withdraw(seller, 23.75e18 + 1);
    }

    function testFuzz_Withdraw(uint256 amount) public {
        Sale memory sale = seal();
        buy(sale);
        market.settle(one(receipt(sale, START)));
        amount = bound(amount, 1, 23.75e18);
        vm.expectEmit(address(market));
        emit IMarket.Withdrawn(seller, amount);
        vm.prank(address(0xCAFE));
        market.withdraw(seller, amount);
        vm.assertEq(token.balanceOf(seller), amount);
        vm.assertEq(market.balances(seller), 23.75e18 - amount);
    }
}
