// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MarketBase} from "./MarketBase.sol";
import {IMarket, Retire, Sale, Status} from "../../src/IMarket.sol";
import {Sig} from "../../src/Signed.sol";

contract RetireTest is MarketBase {
    function test_BadRetireSignature() public {
        (Retire memory r, Sig memory sig) = retirement(4, SEALER_KEY);
        vm.expectRevert(IMarket.BadRetireSignature.selector);
        market.retire(r, sig);
        (r, sig) = retirement(4, SELLER_KEY);
        r.version = 5;
        vm.expectRevert(IMarket.BadRetireSignature.selector);
        market.retire(r, sig);
    }

    function test_NotNewer() public {
        (Retire memory r, Sig memory sig) = retirement(0, SELLER_KEY);
        vm.expectRevert(abi.encodeWithSelector(IMarket.NotNewer.selector, 0, 0));
        market.retire(r, sig);
        (r, sig) = retirement(4, SELLER_KEY);
        market.retire(r, sig);
        vm.expectRevert(abi.encodeWithSelector(IMarket.NotNewer.selector, 4, 4));
        market.retire(r, sig);
    }

    function testFuzz_Retire_OnlyRises(uint64 first, uint64 second) public {
        first = uint64(bound(first, 1, type(uint64).max));
        (Retire memory r, Sig memory sig) = retirement(first, SELLER_KEY);
        market.retire(r, sig);
        (r, sig) = retirement(second, SELLER_KEY);
        if (second <= first) vm.expectRevert(abi.encodeWithSelector(IMarket.NotNewer.selector, second, first));
        market.retire(r, sig);
        vm.assertEq(market.minVersion(seller, r.listing), second > first ? second : first);
        vm.assertEq(market.minVersion(seller, bytes32(uint256(0x99))), 0);
        vm.assertEq(market.minVersion(buyer, r.listing), 0);
    }

    function test_Retire() public {
        Sale memory sale = seal();
        bytes32 purchase = buy(sale);
        (Retire memory r, Sig memory sig) = retirement(type(uint64).max, SELLER_KEY);
        vm.expectEmit(address(market));
        emit IMarket.Retired(seller, r.listing, type(uint64).max);
        market.retire(r, sig);
        vm.assertEq(market.minVersion(seller, r.listing), type(uint64).max);
        market.settle(one(receipt(sale, START)));
        assertStatus(purchase, Status.Settled);
    }
}
