// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MarketBase} from "./MarketBase.sol";
import {IMarket} from "../../src/IMarket.sol";
import {Market} from "../../src/Market.sol";
import {PrivToken} from "../../src/PrivToken.sol";

contract ConstructorTest is MarketBase {
    function test_ZeroToken() public {
        vm.expectRevert(IMarket.ZeroToken.selector);
        new Market(PrivToken(address(0)), treasury);
    }

    function test_ZeroTreasury() public {
        vm.expectRevert(IMarket.ZeroTreasury.selector);
        new Market(token, address(0));
    }

    function test_Constructor() public view {
        vm.assertEq(address(market.TOKEN()), address(token));
        vm.assertEq(market.treasury(), treasury);
        vm.assertEq(market.FEE_BPS(), 500);
        vm.assertEq(market.MIN_WINDOW(), 1 hours);
        vm.assertEq(market.MAX_WINDOW(), 7 days);
        vm.assertEq(market.DISPUTE_WINDOW(), 3 days);
        vm.assertEq(market.PENDING(), type(uint40).max);
        (, string memory name, string memory version, uint256 chain, address verifier,,) = market.eip712Domain();
        vm.assertEq(name, "privd Market");
        vm.assertEq(version, "1");
        vm.assertEq(chain, block.chainid);
        vm.assertEq(verifier, address(market));
    }
}
